/* order_state - an order as the gate sees it: loaded under its lock, judged and changed by pure rules, saved (order_store.h).
 * Everything lives in the arena of whoever loaded it. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "code.h"

enum verdict { /* entrance_status of api.md; texts and order of checks: verdict.c */
               VERDICT_ALLOWED,
               VERDICT_ALREADY_ENTERED,
               VERDICT_NOT_TODAY,
               VERDICT_WRONG_SLOT,
               VERDICT_WRONG_EXHIBITION,
               VERDICT_CANCELLED,
               VERDICT_UNPAID,
               VERDICT_SUSPENDED,
               VERDICT_REPLACED,
               VERDICT_PROOF_NEEDED,
               VERDICT_INVALID,
               VERDICT_COUNT
};

struct gate_ticket {
    int64_t id, product_id;
    const char *product_name, *product_type;
    const char *refund_id;                   /* of the refund that took it; NULL */
    bool proof_required, suspended, is_void; /* booking's words */
    bool gone;                               /* void, or taken by a refund */
    bool by_group;                           /* inside by the code of the order: its place may move to another ticket */
    int64_t entered_ms, entered_by;          /* 0: not inside; scans.id */
    int64_t stored_ms, stored_by;            /* the same as the database has it */
};
struct gate_claim { /* a scan that let people in, and was not undone */
    int64_t id;     /* scans.id */
    const char *scan_id, *scanner;
    int64_t ticket_id; /* 0: the code of the order */
    int64_t scanned_ms;
    int32_t count;
    const char *breaks; /* a rule that it breaks although people went in ("not_today"); NULL */
    int32_t admitted;   /* out of settle(): for how many of them there was a place */
    const char
        *conflict; /* out of settle(): NULL, "already_entered" "over_admitted" "cancelled", else what it breaks */
    bool changed;  /* out of settle(): the two above are to be saved */
};
struct gate_order {
    int64_t id, exhibition_id, entries_version;
    const char *order_number, *status, *customer_name; /* booking's words */
    const char *exhibition_code, *exhibition_name;
    int32_t visit_day;           /* 0: any day of the exhibition */
    int32_t first_day, last_day; /* of the exhibition */
    int slot_begins, slot_ends;  /* minutes of the day in Seoul; CODE_NO_SLOT */
    int before_minutes, after_minutes;
    struct gate_ticket *tickets; /* by id */
    size_t n_tickets;
    struct gate_claim *claims; /* NULL unless asked for */
    size_t n_claims;
    bool changed; /* something of it is to be saved, be it only the state of its codes */
};
