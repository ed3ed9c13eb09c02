/* announce - see announce.h. */
#include "announce.h"
#include <stdio.h>
#include "common/timeutil.h"
#include "sandbox.h"
#include "shops.h"
#include "webhooks.h"

#define BODY_MAX ((size_t)256 * 1024)

/* Six fraction digits and no offset. */
static void put_created(struct json_out *o, int64_t now) {
    char time[RFC3339_LEN + 1], text[32];
    time_rfc3339(now, time);
    snprintf(text, sizeof text, "%.23s000", time);
    json_put_text(o, "createdAt", text);
}

static void write_status_changed(struct cause *c, const struct payment *p, struct json_out *o) {
    const struct payment_view view = {.public_url = c->sb->conf->public_url,
                                      .m_id = shops_m_id(c->sb->shops, p->shop),
                                      .clock = &c->sb->clock,
                                      .now = c->now};
    json_obj(o, NULL);
    json_put_text(o, "eventType", "PAYMENT_STATUS_CHANGED");
    put_created(o, c->now);
    payment_write(o, "data", p, &view);
    json_obj_end(o);
}

static void write_deposit_callback(struct cause *c, const struct payment *p, struct json_out *o) {
    json_obj(o, NULL);
    put_created(o, c->now);
    json_put_text(o, "secret", p->secret);
    json_put_text(o, "status", payment_status_name(p->status));
    json_put_text(o, "transactionKey", *p->last_transaction != '\0' ? p->last_transaction : NULL);
    json_put_text(o, "orderId", p->order_id);
    json_obj_end(o);
}

static void send(struct cause *c, const struct payment *p, const char *type,
                 void (*write)(struct cause *, const struct payment *, struct json_out *)) {
    struct strbuf body;
    struct json_out o = {.b = &body};
    struct fault_hit fault;
    strbuf_init(&body, c->arena, BODY_MAX);
    write(c, p, &o);
    if (!strbuf_ok(&body)) return;
    faults_take(c->sb->faults, c->target, PHASE_WEBHOOK, &fault);
    const struct event e = {.type = type,
                            .payment_key = p->key,
                            .order_id = p->order_id,
                            .status = payment_status_name(p->status),
                            .body = body.data,
                            .len = body.len};
    uint64_t number = webhooks_push(c->sb->webhooks, &e, &fault);
    if (fault.mode == FAULT_WEBHOOK_FIRST) c->webhook = number;
}

void announce(struct cause *c, const struct payment *p) {
    const struct config *conf = c->sb->conf;
    if (!webhooks_wanted(c->sb->webhooks)) return;
    if (conf->webhook_status) send(c, p, "PAYMENT_STATUS_CHANGED", write_status_changed);
    /* The account's own event knows fewer statuses: an account that was never issued has none. */
    if (conf->webhook_deposit && p->method == METHOD_VIRTUAL_ACCOUNT && p->due_at != 0)
        send(c, p, "DEPOSIT_CALLBACK", write_deposit_callback);
}
