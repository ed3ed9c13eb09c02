/* outbox - the ways between our rows and the provider: sending, looking up, reading results, keeping house. Each is a job of
 * the crew. */
#pragma once
#include "crew.h"
#include "message_store.h"
#include "pace.h"

/* Due messages of one template leave in one call. Urgent: tickets and refunds only, so that a crowd never takes every thread. */
bool send_urgent_round(struct hand *h);
bool send_round(struct hand *h);
/* A message that may have been taken, or one without a result for too long. */
bool look_up_round(struct hand *h);
/* What became of messages, page by page. */
bool feed_round(struct hand *h);
/* Useless messages are dropped; templates at rest are compared again. */
bool keep_round(struct hand *h);
/* Each minute: answers that are not told again are forgotten, what waits is counted. */
bool house_round(struct hand *h);

/* ---- shared by these ---- */

/* Room for a request to the provider, taken. PACE_NONE: there is none now. To be given back when nothing was asked. */
enum pace_room outbox_take_room(struct notify *n);
void outbox_give_back(struct notify *n);
/* What the answers mean, with the alarms they raise, as changes to be saved. `m` and `x` are pairs. May call the provider. */
void outbox_judge(struct hand *h, const struct message *const *m, const struct outgoing *x, size_t n,
                  struct message_change *changes);
/* Tries for a while: what is not saved is looked up later. *saved may be NULL. */
enum db_rc outbox_save(struct hand *h, const struct message_change *changes, size_t n, size_t *saved);
