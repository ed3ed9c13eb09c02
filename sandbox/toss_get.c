/* toss_get - reading payments, by Toss's calls and by everybody else here. */
#include "changes.h"
#include "routes.h"

/* Time limits are kept lazily: whoever looks at a payment finds it expired when it is. */
static void apply_limits(struct exchange *x, struct payment *p) {
    struct cause cause = {.sb = x->sb, .arena = x->http->arena, .now = x->now, .target = ""};
    int64_t deadline = payment_deadline(p, &x->sb->clock);
    if (deadline != 0 && x->now >= deadline) change_expire(&cause, p);
}

static struct payment *visible(struct exchange *x, struct payment *p) {
    bool own = x->route->target == NULL || (p != NULL && p->shop == x->shop); /* control calls see all shops */
    if (p == NULL || !own) return NULL;
    apply_limits(x, p);
    return p;
}

struct payment *find_payment(struct exchange *x, const char *key) {
    return visible(x, book_by_key(x->sb->book, key));
}

static void answer_found(struct exchange *x, struct payment *p) {
    if (p != NULL)
        answer_payment(x, p);
    else
        answer_code(x, "NOT_FOUND_PAYMENT");
}

void toss_get(struct exchange *x) {
    book_enter(x->sb->book);
    answer_found(x, find_payment(x, x->param[0]));
    book_leave(x->sb->book);
}

void toss_get_by_order(struct exchange *x) {
    book_enter(x->sb->book);
    struct payment *p = book_by_order(x->sb->book, x->param[0]);
    while (p != NULL && p->shop != x->shop) p = book_older_of_order(p);
    answer_found(x, visible(x, p));
    book_leave(x->sb->book);
}
