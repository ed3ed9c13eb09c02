/* acts - see acts.h. */
#include "acts.h"
#include "routes.h"

void act_on_payment(struct exchange *x, const char *payment_key, act_fn *act, const void *wish) {
    const char *target =
        x->route->target != NULL ? x->route->target : ""; /* nobody but the shop causes faults of webhooks */
    struct cause cause = {.sb = x->sb, .arena = x->http->arena, .now = x->now, .target = target};
    book_enter(x->sb->book);
    struct payment *p = find_payment(x, payment_key);
    const char *refusal = p != NULL ? act(&cause, p, wish) : "NOT_FOUND_PAYMENT";
    if (refusal == NULL)
        answer_payment(x, p);
    else
        answer_code(x, refusal);
    book_leave(x->sb->book);
    x->webhook = cause.webhook;
}
