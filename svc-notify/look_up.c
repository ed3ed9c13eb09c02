#include "common/fault.h"
#include "notify.h"
#include "outbox.h"

static void look_up(struct hand *h, const struct message *m) {
    const struct provider *p = h->notify->provider;
    bool was_taken = m->at.state == MESSAGE_ACCEPTED || m->at.state == MESSAGE_FALLBACK;
    struct outgoing x = {.own_id = m->own_id,
                         .phone = m->phone,
                         .template = m->template,
                         .submitted_ms = m->first_sent_ms,
                         .last_submitted_ms = m->at.sent_ms,
                         .request_id = was_taken ? m->at.request_id : NULL,
                         .recipient_seq = m->recipient_seq};
    struct message_change change;
    p->look_up(p->self, h->arena, &x);
    fault_hit("notify.look_up.called");
    outbox_judge(h, &m, &x, 1, &change);
    outbox_save(h, &change, 1, NULL);
    fault_hit("notify.look_up.stored");
}

bool look_up_round(struct hand *h) {
    struct notify *notify = h->notify;
    struct message *messages;
    size_t n = 0;
    enum pace_room room = outbox_take_room(notify);
    if (room == PACE_NONE) return false;
    const struct message_claim wish = {.owner = notify->owner,
                                       .provider = notify->provider->name,
                                       .lease_seconds = notify->lease_seconds,
                                       .least = room == PACE_URGENT ? PRIORITY_REFUND : PRIORITY_BULK,
                                       .limit = 1};
    if (message_store_claim_look_up(h->db, h->arena, &wish, &messages, &n) == DB_OK && n > 0)
        look_up(h, messages);
    else
        outbox_give_back(notify);
    return n > 0;
}
