/* health - the port for machines: GET /healthz (this process), /readyz (may it get work), /metrics (Prometheus text). */
#pragma once
#include <stdbool.h>

struct health;
/* `listen` is host:port. NULL: the port cannot be had. */
struct health *health_start(const char *listen, bool (*ready)(void *arg), void *arg);
void health_stop(struct health **h);
