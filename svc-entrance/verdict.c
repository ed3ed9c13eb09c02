#include "verdict.h"
#include <string.h>

#define MINUTE_MS INT64_C(60000)
#define DAY_MS INT64_C(86400000)
#define SEOUL_MS (9 * 60 * MINUTE_MS)

/* clang-format off */
static const struct {
    const char *name, *message[2]; /* enum lang */
} words[VERDICT_COUNT] = {
    [VERDICT_ALLOWED]          = {"allowed",          {"입장 처리되었습니다.", "Admitted."}},
    [VERDICT_ALREADY_ENTERED]  = {"already_entered",  {"이미 입장한 티켓입니다.", "This ticket has already been used."}},
    [VERDICT_NOT_TODAY]        = {"not_today",        {"오늘 관람할 수 있는 티켓이 아닙니다.", "This ticket is not for today."}},
    [VERDICT_WRONG_SLOT]       = {"wrong_slot",       {"입장 가능한 시간이 아닙니다.", "This ticket is for another time of the day."}},
    [VERDICT_WRONG_EXHIBITION] = {"wrong_exhibition", {"다른 전시의 티켓입니다.", "This ticket is for another exhibition."}},
    [VERDICT_CANCELLED]        = {"cancelled",        {"취소된 티켓입니다.", "This ticket has been cancelled."}},
    [VERDICT_UNPAID]           = {"unpaid",           {"결제되지 않은 주문입니다.", "This order has not been paid."}},
    [VERDICT_SUSPENDED]        = {"suspended",        {"입금이 취소되어 사용이 정지된 티켓입니다.", "The deposit was taken back: this ticket is suspended."}},
    [VERDICT_REPLACED]         = {"replaced",         {"새로 발급되어 더 이상 사용할 수 없는 QR 코드입니다.", "This code was replaced by a newer one."}},
    [VERDICT_PROOF_NEEDED]     = {"proof_needed",     {"증빙 서류를 확인해 주세요.", "Check the proof of entitlement first."}},
    [VERDICT_INVALID]          = {"invalid",          {"유효하지 않은 QR 코드입니다.", "This is not a valid code."}},
};
/* clang-format on */

const char *verdict_name(enum verdict v) { return words[v].name; }
const char *verdict_message(enum verdict v, enum lang lang) { return words[v].message[lang]; }

static bool concerns(const struct gate_ticket *t, const struct gate_scan *s) {
    return s->ticket_id == 0 || t->id == s->ticket_id;
}

static bool usable(const struct gate_ticket *t) { return !t->gone && !t->suspended; }
static bool is_free(const struct gate_ticket *t) { return usable(t) && t->entered_ms == 0; }

/* ---- rules ---- */

/* Money that never came, or was taken back and did not come again. */
static bool unpaid(const struct gate_order *o) {
    static const char *const without_money[] = {"reserved", "paying", "expired"};
    for (size_t i = 0; i < sizeof without_money / sizeof *without_money; i++)
        if (strcmp(o->status, without_money[i]) == 0) return true;
    return false;
}

static enum verdict check_money(const struct gate_order *o, const struct gate_scan *s) {
    size_t left = 0, good = 0;
    if (unpaid(o)) return VERDICT_UNPAID;
    for (size_t i = 0; i < o->n_tickets; i++) {
        if (!concerns(&o->tickets[i], s)) continue;
        left += !o->tickets[i].gone;
        good += usable(&o->tickets[i]);
    }
    if (left == 0) return VERDICT_CANCELLED;
    return good == 0 || strcmp(o->status, "awaiting_deposit") == 0 ? VERDICT_SUSPENDED : VERDICT_ALLOWED;
}

static int64_t seoul_day_begins(int32_t day) { return day * DAY_MS - SEOUL_MS; }

static enum verdict check_time(const struct gate_order *o, const struct gate_scan *s) {
    int32_t first = o->visit_day != 0 ? o->visit_day : o->first_day;
    int32_t last = o->visit_day != 0 ? o->visit_day : o->last_day;
    int64_t begins = seoul_day_begins(first), ends = seoul_day_begins(last + 1);
    bool today = s->now_ms >= begins && s->now_ms < ends;
    if (o->slot_begins == CODE_NO_SLOT) return today ? VERDICT_ALLOWED : VERDICT_NOT_TODAY;
    /* the tolerance may reach into the day before or after */
    int64_t from = begins + (o->slot_begins - o->before_minutes) * MINUTE_MS;
    int64_t to = begins + (o->slot_ends + o->after_minutes) * MINUTE_MS;
    if (s->now_ms >= from && s->now_ms <= to) return VERDICT_ALLOWED;
    return today ? VERDICT_WRONG_SLOT : VERDICT_NOT_TODAY;
}

enum verdict verdict_rules(const struct gate_order *o, const struct gate_scan *s) {
    if (!s->current) return VERDICT_REPLACED;
    if (!s->here) return VERDICT_WRONG_EXHIBITION;
    enum verdict v = check_money(o, s);
    return v == VERDICT_ALLOWED ? check_time(o, s) : v;
}

/* ---- places ---- */

static int32_t count_free(const struct gate_order *o) {
    int32_t n = 0;
    for (size_t i = 0; i < o->n_tickets; i++) n += is_free(&o->tickets[i]);
    return n;
}

static struct gate_ticket *find_ticket(const struct gate_order *o, int64_t id) {
    for (size_t i = 0; i < o->n_tickets; i++)
        if (o->tickets[i].id == id) return &o->tickets[i];
    return NULL;
}

/* People this code can still let in. */
static int32_t places(const struct gate_order *o, const struct gate_scan *s) {
    if (s->ticket_id == 0) return count_free(o);
    const struct gate_ticket *t = find_ticket(o, s->ticket_id);
    if (t == NULL || !usable(t)) return 0;
    return t->entered_ms == 0 || (t->by_group && count_free(o) > 0) ? 1 : 0;
}

static int32_t wanted(const struct gate_scan *s, int32_t left) {
    return s->ticket_id == 0 && s->count > 0 && s->count < left ? s->count : left;
}

/* Does anybody whom this code would let in need a proof (of age, of disability)? */
static bool needs_proof(const struct gate_order *o, const struct gate_scan *s) {
    int32_t left = wanted(s, places(o, s));
    if (s->ticket_id != 0) {
        const struct gate_ticket *t = find_ticket(o, s->ticket_id);
        return t != NULL && t->proof_required;
    }
    for (size_t i = 0; i < o->n_tickets && left > 0; i++) {
        if (!is_free(&o->tickets[i])) continue;
        if (o->tickets[i].proof_required) return true;
        left--;
    }
    return false;
}

static int64_t first_entry(const struct gate_order *o, const struct gate_scan *s) {
    int64_t first = 0;
    for (size_t i = 0; i < o->n_tickets; i++) {
        const struct gate_ticket *t = &o->tickets[i];
        if (concerns(t, s) && t->entered_ms != 0 && (first == 0 || t->entered_ms < first)) first = t->entered_ms;
    }
    return first;
}

/* Entries of an order are in the order of their times, so that settle() makes of its scans what was decided here. */
static int64_t time_of_entry(const struct gate_order *o, int64_t now_ms) {
    for (size_t i = 0; i < o->n_tickets; i++)
        if (o->tickets[i].entered_ms >= now_ms) now_ms = o->tickets[i].entered_ms + 1;
    return now_ms;
}

/* People of the group, from the one who stands on `taken`, move on by a place each, as far as the first that is free. */
static void make_room(struct gate_order *o, const struct gate_ticket *taken) {
    struct gate_ticket moving = *taken;
    size_t at = (size_t)(taken - o->tickets);
    for (size_t i = 1; i < o->n_tickets && moving.entered_ms != 0; i++) {
        struct gate_ticket *t = &o->tickets[(at + i) % o->n_tickets], next = *t;
        if (!is_free(t) && !t->by_group) continue;
        t->entered_ms = moving.entered_ms;
        t->entered_by = moving.entered_by;
        t->by_group = true;
        moving = next;
    }
}

static void admit(struct gate_order *o, const struct gate_scan *s, int32_t n, int64_t at_ms) {
    for (size_t i = 0; i < o->n_tickets && n > 0; i++) {
        struct gate_ticket *t = &o->tickets[i];
        if (!concerns(t, s) || !usable(t) || (s->ticket_id == 0 && t->entered_ms != 0)) continue;
        if (t->entered_ms != 0) make_room(o, t);
        t->entered_ms = at_ms;
        t->entered_by = s->id;
        t->by_group = s->ticket_id == 0;
        n--;
    }
    o->changed = true;
}

struct gate_result verdict_decide(struct gate_order *o, const struct gate_scan *s) {
    struct gate_result r = {.verdict = verdict_rules(o, s), .remaining = places(o, s)};
    if (r.verdict != VERDICT_ALLOWED) return r;
    if (r.remaining == 0) {
        r.verdict = VERDICT_ALREADY_ENTERED;
        r.entered_ms = first_entry(o, s);
    } else if (!s->proof_seen && needs_proof(o, s)) {
        r.verdict = VERDICT_PROOF_NEEDED;
    } else {
        r.admitted = wanted(s, r.remaining);
        r.remaining -= r.admitted;
        r.entered_ms = time_of_entry(o, s->now_ms);
        admit(o, s, r.admitted, r.entered_ms);
    }
    return r;
}
