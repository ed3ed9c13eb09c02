/* settle - who of an order is inside, from all the scans that let people in. Pure.
 *
 * By (scanned_ms, scanner, scan_id): a claim with a ticket takes that ticket, or conflicts ("already_entered"). A claim with the
 * code of the order takes `count` tickets, lowest id first, of which those that no claim names before others; for how many there
 * was none left is "over_admitted". Who is gone (refunded, void) is not there: "cancelled". The result depends on the set of
 * claims alone, not on their order of arrival, and one more claim never turns anybody out. */
#pragma once
#include "order_state.h"

/* Sets entered_* and by_group of o->tickets, admitted, conflict and changed of o->claims (which it sorts), and o->changed. */
void settle(struct gate_order *o);
