#include <stdatomic.h>
#include "common/arena.h"
#include "common/effect_store.h"
#include "common/log.h"
#include "common/metrics.h"
#include "common/timeutil.h"
#include "config.h"
#include "notify.h"
#include "outbox.h"
#include "rests.h"

static void look_at_templates(struct hand *h) {
    const struct provider *p = h->notify->provider;
    const struct template **due = arena_alloc(h->arena, template_count * sizeof *due);
    size_t n = due == NULL ? 0 : rests_due(h->notify->rests, time_now_ms(), due);
    for (size_t i = 0; i < n; i++)
        if (p->check_template == NULL || p->check_template(p->self, h->arena, due[i]) == NULL)
            rests_repaired(h->notify->rests, due[i]);
}

/* Once: the operator hears of a difference before the first message does. */
static void compare_all(struct hand *h) {
    static atomic_bool compared;
    const struct provider *p = h->notify->provider;
    if (p->check_template == NULL || atomic_exchange(&compared, true)) return;
    for (size_t i = 0; i < template_count; i++) {
        const char *difference = p->check_template(p->self, h->arena, template_at(i));
        if (difference != NULL)
            log_error("a template is not as approved", "template", template_at(i)->key, "code", template_at(i)->code,
                      "reason", difference);
    }
}

bool keep_round(struct hand *h) {
    const struct notify *notify = h->notify;
    message_store_expire(h->db, h->arena);
    if (notify->provider == NULL) return false;
    message_store_strand(h->db, h->arena, notify->provider->name, notify->config->result_lost_hours);
    compare_all(h);
    look_at_templates(h);
    return false;
}

/* Counting costs as much as there is to count. */
bool house_round(struct hand *h) {
    int64_t waiting;
    const bool more = effect_store_forget(h->db);
    if (message_store_waiting(h->db, h->arena, &waiting) == DB_OK)
        metric_set(metric_get(METRIC_GAUGE, "notify_waiting", "", "Messages that are due and not sent"), waiting);
    return more;
}
