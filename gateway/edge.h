/* edge - the life of the gateway, for daemon_spec (common/daemon.h). */
#pragma once
#include <stdbool.h>

struct daemon;
/* Rules over several settings, and what ENV=production refuses. */
int edge_check(void *config);
int edge_start(struct daemon *d);
void edge_drain(struct daemon *d, int ms);
void edge_stop(struct daemon *d);
bool edge_ready(struct daemon *d);
