/* op_payment - what svc-payment tells booking (design §3, §4). Every call may come twice and late: an attempt begins once and
 * ends once, and its verdict is stored in the transaction that ended it and told again for ever.
 *
 * Answers of attempt calls: {"order_number","status","payment_status","total_amount","expires_at","verdict"}; verdict is null
 * while the attempt is open, "paid", "failed", or "refund": the money came but its order is gone and must go back. */
#pragma once
#include "common/bus.h"

/* {"attempt_id","order_number","amount"}: reserved -> paying */
enum status op_begin_payment(struct worker *w, struct bus_req *req, struct strbuf *out);
/* {"attempt_id","order_number"?,"amount","payment_method"?,"payment_key"?}: -> paid, tickets are made; an order of 0 won
 * needs no begin_payment, but the order_number */
enum status op_mark_paid(struct worker *w, struct bus_req *req, struct strbuf *out);
/* {"attempt_id","due"?,"payment_method"?,"payment_key"?}: paying -> awaiting_deposit until `due` (default: deposit_hours).
 * With "reverses":"<paid attempt>" a paid order falls back to it, tickets suspended, and attempt_id begins. */
enum status op_await_deposit(struct worker *w, struct bus_req *req, struct strbuf *out);
/* {"attempt_id","reason"}: paying -> reserved; awaiting_deposit -> expired (the account is closed for good) */
enum status op_payment_failed(struct worker *w, struct bus_req *req, struct strbuf *out);
/* {"order_number","reason","tickets"?,"payment_status"?}: paid -> partially_cancelled | cancelled; keyed */
enum status op_release(struct worker *w, struct bus_req *req, struct strbuf *out);
/* {"older_than_seconds","after"?,"limit"?} -> {"orders":[…],"next_after"} */
enum status op_list_paying(struct worker *w, struct bus_req *req, struct strbuf *out);
/* {"from","to"}: an outage of payments; keyed -> {"extended":n} */
enum status op_extend_holds(struct worker *w, struct bus_req *req, struct strbuf *out);
