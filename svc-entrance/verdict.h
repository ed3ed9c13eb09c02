/* verdict - may this code let people in, here and now? Pure: the order is locked and loaded, time is a parameter. */
#pragma once
#include "common/status.h"
#include "order_state.h"

struct gate_scan {     /* a code of this order, signed by us, held before a scanner */
    int64_t id;        /* scans.id it has or will have */
    int64_t ticket_id; /* 0: the code of the order */
    int32_t count;     /* people with the code of the order; 0: all that are not inside */
    bool current;      /* the newest code of its ticket or order */
    bool here;         /* the scanner belongs to the exhibition of the order */
    bool proof_seen;
    int64_t now_ms;
};
struct gate_result {
    enum verdict verdict;
    int32_t admitted;   /* now, by this scan */
    int32_t remaining;  /* people this code could still let in, were everything right */
    int64_t entered_ms; /* allowed: of this entry, later than all before; already_entered: the first; else 0 */
};

/* The first rule broken of those that hold whoever is inside (current, exhibition, money, day, slot), or VERDICT_ALLOWED. */
enum verdict verdict_rules(const struct gate_order *o, const struct gate_scan *s);
/* All rules. When they allow it the tickets of `o` are marked as entered. A person with a ticket of their own whose place the code
 * of the order has taken is let in while a place is left: the group's person moves to it, as in settle(). */
struct gate_result verdict_decide(struct gate_order *o, const struct gate_scan *s);

const char *verdict_name(enum verdict v); /* "already_entered" */
const char *verdict_message(enum verdict v, enum lang lang);
