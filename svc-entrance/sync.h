/* sync - scans that were made while the network was away, brought in afterwards (docs/offline.md). Pure.
 *
 * A batch is read row by row, so that a row which is none of ours (a scanner may have read anything) never holds up the others. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "common/json.h"
#include "order_state.h"
#include "scan_store.h"

#define SYNC_MAX_ROWS 100
#define SYNC_OLDEST_DAYS 366

enum sync_result { SYNC_ACCEPTED, SYNC_CONFLICT, SYNC_DUPLICATE, SYNC_REJECTED };

struct sync_row {
    /* as it came: */
    const char *bad; /* a field that cannot be used; NULL: the row is well formed. Nothing else counts otherwise */
    const char *scan_id, *qr_code; /* NULL where they could not be read */
    int64_t scanned_ms;            /* by the clock of the device */
    enum verdict told;
    int32_t count;
    bool proof_seen;
    /* looked up: */
    bool ours; /* we signed it; then `code` says what */
    struct code code;
    /* what comes of it: */
    enum sync_result result;
    const char *first;    /* of a duplicate: its result when it came first; NULL: it came online */
    const char *conflict; /* as it stands; NULL: none */
};
struct sync_batch {
    const char *device_id; /* NULL: not given */
    int64_t sent_ms;       /* by the clock of the device */
    struct sync_row *rows;
    size_t n;
};
/* ST_OK, or what is wrong with the batch as a whole, with the faults noted. */
enum status sync_read(struct arena *a, const char *body, size_t len, struct json_faults *faults, struct sync_batch *b);
/* The instant of the scan by our clock; never later than now. 0: too long ago to be true. */
int64_t sync_time(const struct sync_row *r, int64_t sent_ms, int64_t now_ms);
/* What is stored of a row that is new: to which order it belongs, whether it takes a place there, which rule it breaks. `o` is the
 * order of its code, NULL when that is not known to us; `place` the exhibition where it was scanned. An entry dated before its code
 * was issued happened at a time that nobody knows: it counts as of now, so it takes nobody's place who came at a known one. */
void sync_judge(const struct sync_row *r, const struct gate_order *o, const struct scan_look *look, int64_t place,
                int64_t now_ms, struct scan_row *s);
/* {"results":[…]}, one per row, in their order. */
void sync_write(const struct sync_batch *b, enum lang lang, struct strbuf *out);
const char *sync_result_name(enum sync_result r);
