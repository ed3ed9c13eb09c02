#include "retention_store.h"
#include "common/retention.h"

/* clang-format off */
static const struct retention_rule rules[] = {
    {"names on tickets",     RETENTION_EXHIBITION, {"erase_names",         "SELECT * FROM erase_names($1, $2, $3)"}},
    {"answers of scans",     RETENTION_EXHIBITION, {"erase_scans",         "SELECT * FROM erase_scans($1, $2, $3)"}},
    {"scanners",             RETENTION_EXHIBITION, {"erase_devices",       "SELECT * FROM erase_devices($1, $2, $3)"}},
    {"parked events",        RETENTION_AGE,        {"erase_parked_events", "SELECT * FROM erase_parked_events($1, $2, $3)"}},
    {"texts of audit facts", RETENTION_AUDIT_TEXT, {"erase_audit_texts",   "SELECT * FROM erase_audit_texts($1, $2, $3)"}},
};
/* clang-format on */

enum status op_retention(struct worker *w, struct bus_req *req, struct strbuf *out) {
    return retention_step(w, req, rules, sizeof rules / sizeof *rules, out);
}
