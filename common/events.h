/* events - facts that must arrive (design §2). A service writes rows into its own `events` table in the transaction of the
 * change; consumers pull by cursor over the bus and move the cursor in the transaction of the effect.
 *
 * Table <schema>.events(id bigint, xid xid8, created_at, type, entity, version, payload jsonb), insert-only. Only rows with
 * xid < pg_snapshot_xmin(pg_current_snapshot()) are handed out, ordered by (xid, id): no gap can appear behind a cursor. */
#pragma once
#include "bus.h"
#include "db.h"

/* Handler of op "events.pull" {"after":"<cursor>","limit":n<=500,"types":["…"],"fields":["…"],"payloads":false}
 * → {"events":[{cursor,type,entity,version,created_at,payload}],"cursor":"…","more":bool}
 * for the schema of worker->db's search_path. Without `types` every type, without `fields` every member of the payloads. One
 * call looks at no more than 2,000 rows: `cursor` says up to where it has looked, also when there was nothing of these types,
 * `more` that there may be rows behind it. A payload is null when it was not wanted, or longer than 512 KiB. */
enum status events_op_pull(struct worker *w, struct bus_req *req, struct strbuf *out);

struct event {
    const char *source; /* whose fact it is: "booking" */
    const char *cursor, *type, *entity;
    int64_t version, created_ms;
    const char *payload; /* JSON text */
};
struct consumer_conf {
    const char *name;    /* row of consumer_cursors(consumer, source, cursor) in the consumer's own schema */
    const char *service; /* whom to pull from */
    /* Joined by ','; NULL: all. A type that is added later brings nothing from behind the cursor. */
    const char *types;
    const char
        *fields; /* of payloads, joined by ','; NULL: all. Who asks for few is faster, and knows of nobody's name */
    size_t page; /* events of one transaction, <= 500; 0: 200 */
    struct bus_client *bus;
    struct db *db; /* owned by the consumer thread */
    /* Applies `n` events, in order, inside the open transaction. DB_OK: applied, or old versions. After a failure that is none of
     * the database's own they come again one by one; one that fails 5 times, if only by taking longer than a statement may, is
     * parked in parked_events with its error, and the cursor moves on. So is one that cannot be read, without its payload.
     * Metrics per name and service: events_applied_total, events_parked_total, events_lag_seconds. */
    enum db_rc (*apply)(void *arg, struct db *db, struct arena *a, const struct event *e, size_t n);
    /* Or NULL: waits, at the beginning of that transaction, for what apply() shares with others for long. Only an advisory lock
     * will do: whoever waits after the first write, or row lock, holds back the events of all services. DB_RETRY: not yet. */
    enum db_rc (*lock)(struct db *db);
    void *arg;
};
struct consumer *consumer_start(const struct consumer_conf *conf);
void consumer_stop(struct consumer **c);
