#include "retention_store.h"
#include "common/retention.h"

/* clang-format off */
static const struct retention_rule rules[] = {
    /* Events last: they follow the rows. */
    {"accounts nobody paid into",           RETENTION_EXHIBITION, {"erase_unpaid_attempts", "SELECT * FROM erase_unpaid_attempts($1, $2, $3)"}},
    {"refunds of nothing",                  RETENTION_EXHIBITION, {"erase_dropped_refunds", "SELECT * FROM erase_dropped_refunds($1, $2, $3)"}},
    {"events of accounts nobody paid into", RETENTION_EXHIBITION, {"erase_unpaid_events",   "SELECT * FROM erase_payment_events($1, $2, $3)"}},
    {"payments",                            RETENTION_CONTRACT,   {"erase_attempts",        "SELECT * FROM erase_attempts($1, $2, $3)"}},
    {"refunds",                             RETENTION_CONTRACT,   {"erase_refunds",         "SELECT * FROM erase_refunds($1, $2, $3)"}},
    {"events of payments",                  RETENTION_CONTRACT,   {"erase_contract_events", "SELECT * FROM erase_payment_events($1, $2, $3)"}},
    {"texts of audit facts",                RETENTION_AUDIT_TEXT, {"erase_audit_texts",     "SELECT * FROM erase_audit_texts($1, $2, $3)"}},
};
/* clang-format on */

enum status op_retention(struct worker *w, struct bus_req *req, struct strbuf *out) {
    return retention_step(w, req, rules, sizeof rules / sizeof *rules, out);
}
