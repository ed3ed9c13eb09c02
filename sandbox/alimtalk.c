/* alimtalk - see alimtalk.h. */
#include "alimtalk.h"
#include <stdio.h>
#include <string.h>
#include "common/arena.h"
#include "common/crypto.h"
#include "common/timeutil.h"
#include "journal.h"
#include "message_book.h"
#include "random_id.h"
#include "sms.h"

#define HANDOVER_MS 100, 800
#define RESULT_FIRST_MS 200
#define SMS_MS 200, 1000
#define IN_PROGRESS_MS (10 * MINUTE_MS)
#define REFUSED_ENDING "5000"

bool alimtalk_phone_ok(const char *phone) {
    size_t n = strspn(phone, "0123456789");
    bool domestic = *phone == '0';
    if (phone[n] != '\0' || n > PHONE_MAX || n < (domestic ? 9 : 10) || (domestic && n > 11)) return false;
    return strcmp(phone + n - strlen(REFUSED_ENDING), REFUSED_ENDING) != 0;
}

void alimtalk_sms(struct arena *a, const struct sms_wish *w, struct message_draft *d) {
    if (!w->wanted) return;
    d->sms = w->kind;
    if (d->sms == SMS_NONE) d->sms = sms_bytes(w->text) <= SMS_BYTES ? SMS_SHORT : SMS_LONG;
    d->text[TEXT_SMS] = sms_cut(a, w->text, d->sms == SMS_SHORT ? SMS_BYTES : LMS_BYTES);
    if (d->sms == SMS_LONG) d->text[TEXT_SMS_TITLE] = w->title;
}

void alimtalk_request_id(int64_t now, char id[REQUEST_ID_LEN + 1]) {
    char time[RFC3339_LEN + 1], stem[REQUEST_ID_LEN + 1];
    time_rfc3339(now, time);
    snprintf(stem, sizeof stem, "%.4s%.2s%.2s%.2s%.2s%.2s", time, time + 5, time + 8, time + 11, time + 14, time + 17);
    random_id(id, stem, ID_ALNUM, REQUEST_ID_LEN - strlen(stem));
}

const char *alimtalk_link(struct arena *a, const struct template_view *t) {
    return t->approved->link != NULL ? arena_printf(a, "%s%s", t->scheme, t->approved->link) : NULL;
}

static int64_t between(int64_t least, int64_t most) {
    uint32_t v;
    random_bytes(&v, sizeof v);
    return most > least ? least + (int64_t)(v % (uint64_t)(most - least + 1)) : most;
}

/* Has a message to this number failed for a moment? Looked for only where that matters. */
static bool tried_before(struct message_book *b, const char *phone) {
    if (!message_trouble_passes(phone)) return false;
    for (uint64_t n = messages_first(b); n < messages_end(b); n++) {
        const struct message *m = messages_at(b, n);
        if (m != NULL && strcmp(m->phone, phone) == 0) return true;
    }
    return false;
}

bool alimtalk_accept(struct exchange *x, struct message_draft *d) {
    struct sandbox *sb = x->sb;
    const struct message_pace pace = {.handover = between(HANDOVER_MS),
                                      .result = between(RESULT_FIRST_MS, sb->conf->result_ms),
                                      .sms = between(SMS_MS),
                                      .in_progress = clock_limit(&sb->clock, IN_PROGRESS_MS)};
    d->second_try = tried_before(sb->messages, d->phone);
    struct message *m = message_make(d, &pace, x->now);
    if (m == NULL) return false;
    messages_add(sb->messages, m);
    journal_message(sb->journal, m);
    return true;
}
