/* bus_client_int - shared by the files of the bus client; nobody else includes it.
 *
 *   bus_client   one per daemon
 *     service    whom it calls
 *       peer     one replica: connection, state, probe           bus_peers.c
 *       lane     queue of waiting calls, one lock                bus_lane.c
 *         link   the lane's message slots at one peer
 *
 * Locks: service.lock (list of peers) before lane.lock; never two lanes at once; no lock is held while nng is called. */
#pragma once
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include "bus.h"
#include "bus_addr.h"
#include "bus_envelope.h"
#include "transport.h"

enum peer_state {
    PEER_DOWN,     /* no connection */
    PEER_SUSPECT,  /* connected, but gave no sign of life since it connected, timed out or broke off */
    PEER_DRAINING, /* says so itself: it ends soon */
    PEER_UP
};

struct service;
struct peer {
    struct peer *next; /* in service.peers, or in the resolver's list of retired ones */
    struct service *service;
    struct tp_peer *tp;
    struct tp_slot *probe;
    struct link **links; /* one per lane of the service */
    char addr[BUS_ADDR_LEN];
    _Atomic enum peer_state state;
    atomic_int in_flight;         /* calls, over all lanes */
    _Atomic int64_t probe_ms;     /* monotonic; when the probe under way left, 0: none is under way */
    _Atomic int64_t link_lost_ms; /* monotonic; 0: connected */
    atomic_int missed;            /* pings in a row that nobody answered */
    uint8_t probe_mac[HMAC_LEN];
    bool refused; /* its last answer to a ping was not believable; said once */
};

struct shared_reply { /* a reply message that several calls read */
    atomic_int refs;
    struct tp_msg *msg;
};

enum call_state { CALL_QUEUED, CALL_SENT, CALL_ABANDONED /* its caller left while it was under way */ };

struct call {
    struct call *prev, *next; /* in lane.queue while CALL_QUEUED */
    atomic_int refs;          /* the caller's and the lane's */
    sem_t answered;
    enum call_state state; /* under lane.lock, as all above */
    int tries;
    int64_t deadline_ms;     /* wall clock */
    int64_t queued_ms;       /* monotonic */
    struct bus_reply answer; /* read only after `answered` */
    struct shared_reply *reply;
    size_t frame_len;
    uint8_t *frame; /* behind the struct */
};

struct slot {                 /* one message under way */
    struct slot *prev, *next; /* in link.busy, oldest first, or (next only) in link.idle */
    struct link *link;
    struct tp_slot *tp;
    int64_t sent_ms;
    uint8_t mac[HMAC_LEN]; /* of the request, for checking the reply */
    size_t n, bytes;
    struct call **calls; /* room for lane.conf->batch */
};

struct link {
    struct lane *lane;
    struct peer *peer;
    struct slot *idle, *busy, *busy_last;
    struct call **calls; /* memory of all slots' calls */
    struct slot slots[];
};

struct lane {
    const struct bus_lane *conf;
    struct service *service;
    pthread_mutex_t lock;
    struct call queue; /* sentinel */
    int queued;
    bool closing;
    uint32_t chance;
    size_t n_links;
    struct link *links[BUS_MAX_PEERS];
};

struct service {
    const char *name, *addrs;
    struct bus_client *client;
    struct lane *lanes;
    size_t n_lanes;
    pthread_mutex_t lock; /* of the list */
    struct peer *peers;
    int64_t down_since_ms; /* monotonic; 0: some peer is up. The prober's own */
};

struct bus_client {
    char *self;
    struct hmac_key *key;
    struct service *services;
    size_t n_services;
    atomic_bool closing;
    sem_t wake_prober, wake_resolver;
    pthread_t prober, resolver;
    struct peer *retired; /* the resolver's own: picked no more, waiting for their last answers */
};

/* ---- bus_lane.c ---- */
int lane_open(struct lane *l, struct service *s, const struct bus_lane *conf);
void lane_close(struct lane *l);                        /* waiting calls end as BUSY; the peers are gone already */
void lane_stop(struct lane *l);                         /* sends no more */
struct link *lane_link(struct lane *l, struct peer *p); /* NULL: out of memory */
void lane_unlink(struct lane *l, struct link *k);       /* is picked no more; free()d by link_free */
void link_free(struct link *k);                         /* after the peer's connection was closed */
struct call *call_new(const struct bus_head *head, size_t frame_len);
void call_unref(struct call *c);
bool lane_add(struct lane *l, struct call *c); /* takes a reference; false: full */
/* The caller leaves. True: it was still waiting, so it is certainly not executed. */
bool lane_abandon(struct lane *l, struct call *c);
void lane_pump(struct lane *l); /* sends what can be sent */
/* Ends calls that waited long enough for any replica of a service that is down since then. */
void lane_give_up(struct lane *l, int64_t now_ms, int64_t down_since_ms);

/* ---- bus_peers.c ---- */
int peers_start(struct bus_client *c);
void peers_stop(struct bus_client *c);
bool peers_up(struct service *s);
/* What a message told about the peer. */
enum peer_sign { SIGN_ANSWER, SIGN_DRAINING, SIGN_TROUBLE };
void peer_note(struct peer *p, enum peer_sign sign);
