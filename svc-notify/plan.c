#include "plan.h"
#include <string.h>
#include "common/arena.h"
#include "common/timeutil.h"

#define HOUR_MS ((int64_t)3600 * 1000)
#define DAY_MS (24 * HOUR_MS)
#define SEOUL_MS (9 * HOUR_MS)
#define DEPOSIT_WARNING_MS (3 * HOUR_MS)
#define DEPOSIT_GAP_MS HOUR_MS /* between the account and the warning; nearer than that one message says it all */
#define REMINDER_HOUR 10
#define PER_ORDER 3   /* messages there are of an order … */
#define PER_PAYMENT 3 /* … and of an attempt or a refund, at most */

struct planner {
    struct arena *arena;
    const struct order_facts *f;
    struct plan *plan;
    bool failed;
};

/* ---- texts ---- */

static int64_t seoul_ms(int32_t day, int hour) { return day * DAY_MS + hour * HOUR_MS - SEOUL_MS; }

static const char *won(struct arena *a, int64_t amount) {
    char digits[32], out[48];
    size_t n = 0, o = 0;
    do {
        digits[n++] = (char)('0' + amount % 10);
        amount /= 10;
    } while (amount > 0 && n < sizeof digits);
    while (n > 0) {
        out[o++] = digits[--n];
        if (n > 0 && n % 3 == 0) out[o++] = ',';
    }
    return arena_printf(a, "%.*s원", (int)o, out);
}

static const char *day_text(struct arena *a, int32_t day) {
    static const char *const weekdays[] = {"목", "금", "토", "일", "월", "화", "수"}; /* 1970-01-01 was a Thursday */
    char date[11];
    date_format(day, date);
    return arena_printf(a, "%s(%s)", date, weekdays[(day % 7 + 7) % 7]);
}

static const char *instant_text(struct arena *a, int64_t ms) {
    char text[RFC3339_LEN + 1];
    time_rfc3339(ms, text);
    return arena_printf(a, "%s %.5s", day_text(a, date_seoul(ms)), text + strlen("2026-11-22T"));
}

static int32_t visit_day(const struct order_facts *f) { return f->slot != NULL ? f->slot->day : f->order.visit_day; }

static const char *visit_text(struct arena *a, const struct order_facts *f) {
    int32_t day = visit_day(f);
    if (f->slot != NULL) return arena_printf(a, "%s %s", day_text(a, day), f->slot->begins);
    if (day != NO_DAY) return day_text(a, day);
    return arena_printf(a, "%s ~ %s", day_text(a, f->exhibition->first_day), day_text(a, f->exhibition->last_day));
}

/* ---- building ---- */

/* A message whose common values are set. NULL: out of memory. */
static struct planned *add(struct planner *p, const char *key, const char *event, int64_t due_ms, int64_t until_ms) {
    const struct order_facts *f = p->f;
    struct planned *m = &p->plan->messages[p->plan->n++];
    *m = (struct planned){.event = event, .template = template_find(key), .due_ms = due_ms, .until_ms = until_ms};
    const struct {
        const char *name, *value;
    } common[] = {{"이름", f->order.name}, {"전시명", f->exhibition->name}, {"예매번호", f->order.number}};
    for (size_t i = 0; i < sizeof common / sizeof *common; i++) {
        int at = template_var(m->template, common[i].name);
        if (at >= 0) m->values[at] = common[i].value;
    }
    if (event == NULL) p->failed = true;
    return m;
}

/* The template has this variable: its tests and ours see to that. */
static void set(struct planner *p, struct planned *m, const char *name, const char *value) {
    int at = template_var(m->template, name);
    if (at < 0 || value == NULL)
        p->failed = true;
    else
        m->values[at] = value;
}

static const char *event_of(struct planner *p, const char *what, const struct payment_fact *x) {
    return arena_printf(p->arena, "%s/%s", what, x->entity);
}

static bool is(const char *text, const char *word) { return strcmp(text, word) == 0; }

/* ---- what an order calls for ---- */

static void set_account(struct planner *p, struct planned *m, const struct payment_fact *x) {
    set(p, m, "입금금액", won(p->arena, x->amount));
    set(p, m, "은행", x->bank);
    set(p, m, "계좌번호", x->account_number);
    set(p, m, "예금주", x->account_holder);
    set(p, m, "입금기한", instant_text(p->arena, x->account_due_ms));
}

static void plan_deposit(struct planner *p, const struct payment_fact *x) {
    bool first = is(x->type, "payment.account_issued"), again = is(x->type, "payment.reversed");
    int64_t warn_ms = x->account_due_ms - DEPOSIT_WARNING_MS;
    if ((!first && !again) || !is(p->f->order.status, "awaiting_deposit")) return;
    set_account(p, add(p, "deposit", event_of(p, first ? "deposit" : "deposit_again", x), 0, x->account_due_ms), x);
    if (warn_ms >= p->f->order.created_ms + DEPOSIT_GAP_MS)
        set_account(p, add(p, "deposit_due", event_of(p, "deposit_due", x), warn_ms, x->account_due_ms), x);
}

static void set_count(struct planner *p, struct planned *m, int tickets) {
    set(p, m, "매수", arena_printf(p->arena, "%d매", tickets));
}

static void set_visit(struct planner *p, struct planned *m) {
    set(p, m, "장소", p->f->exhibition->venue);
    set(p, m, "관람일시", visit_text(p->arena, p->f));
    set_count(p, m, p->f->order.live_tickets);
}

static void plan_tickets(struct planner *p) {
    const struct order_fact *o = &p->f->order;
    int32_t day = visit_day(p->f), last = day != NO_DAY ? day : p->f->exhibition->last_day;
    if ((!is(o->status, "paid") && !is(o->status, "partially_cancelled")) || o->live_tickets == 0) return;
    /* The link with renewed tokens is told once too. */
    const char *event = o->token_version > 1 ? arena_printf(p->arena, "paid/%d", o->token_version) : "paid";
    struct planned *paid = add(p, "paid", event, 0, seoul_ms(last + 2, 0));
    set_visit(p, paid);
    set(p, paid, "결제금액", won(p->arena, o->total_amount));
    if (day == NO_DAY) return;
    struct planned *reminder = add(p, "reminder", "reminder", seoul_ms(day - 1, REMINDER_HOUR), seoul_ms(day, 0));
    set_visit(p, reminder);
    reminder->only_before_due = true;
}

static void plan_refund(struct planner *p, const struct payment_fact *x) {
    bool needs_account = is(x->type, "refund.needs_account"), done = is(x->type, "refund.done");
    bool wished = is(x->kind, "buyer") || is(x->kind, "staff"); /* else nobody has asked for it */
    /* Without live tickets all of the money went back in another way, or is about to: that is told. */
    if (is(x->type, "refund.rejected") && wished && p->f->order.live_tickets > 0)
        set_count(p, add(p, "refund_refused", event_of(p, "refund_refused", x), 0, 0), x->n_tickets);
    if (!needs_account && !done && !is(x->type, "refund.accepted")) return;
    if (wished) {
        struct planned *m = add(p, "cancelled", event_of(p, "cancelled", x), 0, 0);
        set_count(p, m, x->n_tickets);
        set(p, m, "환불금액", won(p->arena, x->amount));
        set(p, m, "수수료", won(p->arena, x->fee));
    }
    if (needs_account) {
        struct planned *m = add(p, "refund_account", event_of(p, "refund_account", x), 0, 0);
        set(p, m, "환불금액", won(p->arena, x->amount));
    }
    if (done && x->amount > 0) {
        struct planned *m = add(p, "refunded", event_of(p, "refunded", x), 0, 0);
        set(p, m, "환불금액", won(p->arena, x->amount));
    }
}

bool plan_order(struct arena *a, const struct order_facts *f, struct plan *plan) {
    struct planner p = {.arena = a, .f = f, .plan = plan};
    *plan = (struct plan){.n = 0};
    if (f->exhibition == NULL || (f->order.slot_id != 0 && f->slot == NULL)) {
        bool exhibition = f->exhibition == NULL;
        plan->awaits = arena_printf(a, "%s/%lld", exhibition ? "exhibition" : "slot",
                                    (long long)(exhibition ? f->order.exhibition_id : f->order.slot_id));
        return plan->awaits != NULL;
    }
    if (*f->order.phone == '\0') return true; /* erased (docs/retention.md): there is nobody to tell */
    plan->messages = arena_alloc(a, (PER_ORDER + PER_PAYMENT * f->n_payments) * sizeof *plan->messages);
    if (plan->messages == NULL) return false;
    plan_tickets(&p);
    for (size_t i = 0; i < f->n_payments; i++) {
        plan_deposit(&p, &f->payments[i]);
        plan_refund(&p, &f->payments[i]);
    }
    return !p.failed;
}
