/* op_payment - what svc-payment tells booking (design §3, §4), and asks it.
 *
 * Every call may come twice and late: an attempt begins once and ends once, a refund is opened once and ends once, and the stored
 * outcome is told again for ever. Bodies: */
#pragma once
#include "common/bus.h"

/* Calls about attempts, a batch handler: they are committed in groups (payment_step.h).
 * Answers: {"order_number","status","payment_status","total_amount","expires_at","verdict"}; verdict is null while the attempt is
 * open, "paid", "failed", or "refund": the money came but its order is gone and must go back.
 *
 * begin_payment {"attempt_id","order_number","amount"}: reserved -> paying. An expired order whose places are still free stays
 *   expired: mark_paid will try to take them.
 * mark_paid {"attempt_id","order_number"?,"amount","payment_method"?,"payment_key"?}: -> paid, tickets are made; an order of 0 won
 *   needs no begin_payment, but the order_number
 * await_deposit {"attempt_id","due"?,"payment_method"?,"payment_key"?}: paying -> awaiting_deposit until `due` (default:
 *   deposit_hours). With "reverses":"<paid attempt>" a paid order falls back to it, tickets suspended, and attempt_id begins.
 * payment_failed {"attempt_id","reason","cancelled"?}: paying -> reserved; awaiting_deposit -> expired (the account is closed for
 *   good). cancelled: the buyer has given up: both -> cancelled */
void op_payment_step(struct worker *w, struct bus_req **reqs, size_t n);

/* Calls about refunds, each a transaction. Answers: as above, with "refund_id" and "tickets" instead of the verdict.
 *
 * void_tickets {"refund_id","order_number","tickets","not_entered"?}: nobody enters with them any more; all or none, a refusal has
 *   {"entered":[…]}. not_entered: whichever still can be voided.
 * unvoid_tickets {"refund_id"}: the refund will not be; the tickets are as before
 * release {"refund_id","order_number","reason","payment_status"}: the money is back, the places are free
 * refund_settled {"attempt_id"}: the money of an attempt with verdict "refund" is back; answers as a call about an attempt */
enum status op_refund(struct worker *w, struct bus_req *req, struct strbuf *out);

/* {"order_number"} or {"order_id"}: what a payment must know of it */
enum status op_payment_order(struct worker *w, struct bus_req *req, struct strbuf *out);
/* {"older_than_seconds","after"?,"limit"?} -> {"orders":[…],"next_after"} */
enum status op_list_paying(struct worker *w, struct bus_req *req, struct strbuf *out);
/* {"up"}: every second; more than 5 s without an "up" are an outage, whose time holds get back */
enum status op_payment_health(struct worker *w, struct bus_req *req, struct strbuf *out);
