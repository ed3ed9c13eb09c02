/* snapshot - the rendered documents of this replica, each with the number of its last change, and how gateways read
 * them.
 *
 * A gateway says which instance and number it holds and gets what changed since, page by page in the order of change:
 *   {"instance","seq","as_of","full","more","docs":[{"key","body"}],"gone":[keys]}
 * full is true on the first page for a gateway that holds nothing of this instance: it starts from nothing, and what
 * it gathered counts once `more` is false. All further pages, and all later changes, have full false. as_of is the
 * database's clock when the catalogue was last read: what other replicas did before is in. Within one instance the
 * higher seq is newer, between instances the later as_of. Thread-safe; one thread writes. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct snapshot;
struct strbuf;

struct snapshot *snapshot_new(void);
void snapshot_free(struct snapshot **s);

/* A round of writing. `all`: every document will be put, those that are not are gone. */
void snapshot_begin(struct snapshot *s, bool all);
/* Only a body that differs from the last one is a change. */
void snapshot_put(struct snapshot *s, const char *key, const char *body, size_t len);
/* True when the round changed something. */
bool snapshot_commit(struct snapshot *s, int64_t as_of);

/* False: nothing has been loaded yet. */
bool snapshot_page(struct snapshot *s, const char *instance, uint64_t seq, struct strbuf *out);
