/* payment_step - one call about an attempt on its way from the request to the commit; lives in its request's arena. */
#pragma once
#include "committer.h"
#include "payment_store.h"

struct payment_step {
    struct commit_item item; /* the committer's; first */
    const char *op;          /* "mark_paid" */
    struct payment_input input;
    struct payment_answer answer;
};
extern const struct commit_job payment_commit; /* of steps, through booking.payment_steps() */

/* {"order_number","status","payment_status","total_amount","expires_at"} and, still inside of it, nothing more: the caller adds
 * its own members and closes the object. */
void payment_answer_write(struct json_out *json, const struct payment_answer *answer);
