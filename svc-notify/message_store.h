/* message_store - the rows of messages: taken with a lease, saved only if nobody changed them meanwhile. */
#pragma once
#include "common/db.h"
#include "message.h"
#include "template.h"

struct message {
    int64_t id, version;
    struct message_at at;
    const char *order_number, *own_id, *phone, *vars;
    const struct template *template; /* NULL: none of ours any more */
    int sends, token_version, recipient_seq;
    int64_t first_sent_ms;
};
/* What is to be saved of a message; texts may be NULL: unknown. */
struct message_change {
    const struct message *message;
    struct message_move move;
    const char *request_id; /* of the submit that was taken just now; NULL: none was */
    int recipient_seq;
    const char *result, *code;
};
struct message_claim {
    const char *owner, *provider;
    int64_t lease_seconds;
    enum priority least;        /* of this priority or a more urgent one */
    const char *const *resting; /* keys of templates that are left alone */
    size_t n_resting, limit;
};

/* Due messages of one template, the most urgent first, saved as being sent before they are handed out. */
enum db_rc message_store_claim(struct db *db, struct arena *a, const struct message_claim *claim,
                               struct message **messages, size_t *n);
/* Messages whose outcome must be looked up: unknown ones, those whose sender died, those that wait for a result too long.
 * Tickets and refunds first. */
enum db_rc message_store_claim_look_up(struct db *db, struct arena *a, const struct message_claim *claim,
                                       struct message **messages, size_t *n);
/* Those that rows of a feed may be about. */
enum db_rc message_store_find(struct db *db, struct arena *a, const struct delivery *d, size_t n,
                              struct message **messages, size_t *n_messages);
/* Changes whose message has another version by now are left out: somebody else knew more. *saved may be NULL. */
enum db_rc message_store_save(struct db *db, struct arena *a, const struct message_change *changes, size_t n,
                              size_t *saved);
/* What this replica was doing when it died. */
enum db_rc message_store_take_back(struct db *db, struct arena *a, const char *owner);
/* Messages whose time has passed before they could leave have failed; those that were never of use are dropped. */
enum db_rc message_store_expire(struct db *db, struct arena *a);
/* What another provider took before it was changed for this one: nobody will be told any more. */
enum db_rc message_store_strand(struct db *db, struct arena *a, const char *provider, int64_t after_hours);
/* Messages that are due and not sent. */
enum db_rc message_store_waiting(struct db *db, struct arena *a, int64_t *n);
