/* metrics - counters, gauges and histograms in Prometheus text format 0.0.4, served with health on METRICS_ADDR.
 * Registered once at start, by name and fixed label text; updated with atomics from any thread. */
#pragma once
#include <stdint.h>
#include "strbuf.h"

struct metric;
enum metric_kind { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM /* seconds; buckets 1 ms … 10 s */ };
/* The same (name, labels) gives the same metric. `labels` like  route="orders",status="201"  or "". At most 2,000 series;
 * beyond, a shared overflow series is returned, never NULL. Look up once and keep the pointer on hot paths. */
struct metric *metric_get(enum metric_kind kind, const char *name, const char *labels, const char *help);
void metric_add(struct metric *m, int64_t n);
void metric_set(struct metric *m, int64_t v);
void metric_observe_us(struct metric *m, int64_t us);
int64_t metric_value(const struct metric *m);
void metrics_write(struct strbuf *out);
