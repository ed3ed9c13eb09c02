#include "transport.h"
#include <nng/nng.h>
#include <nng/protocol/pubsub0/pub.h>
#include <nng/protocol/pubsub0/sub.h>
#include <nng/protocol/reqrep0/rep.h>
#include <nng/protocol/reqrep0/req.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "log.h"

#define URL_MAX 300
#define RECONNECT_MIN_MS 50
#define RECONNECT_MAX_MS 1000
#define REPLY_SEND_MS 10000
#define HINT_QUEUE 8192
#define CLOSE_SECONDS 3

/* A tp_msg is an nng_msg under a name that other files may see. */
static nng_msg *nng_of(struct tp_msg *m) { return (nng_msg *)m; }

static struct tp_msg *msg_of(nng_msg *m) { return (struct tp_msg *)m; }

struct tp_msg *tp_msg_new(size_t len) {
    nng_msg *m = NULL;
    return nng_msg_alloc(&m, len) == 0 ? msg_of(m) : NULL;
}

uint8_t *tp_msg_data(struct tp_msg *m) { return nng_msg_body(nng_of(m)); }

size_t tp_msg_len(struct tp_msg *m) { return nng_msg_len(nng_of(m)); }

void tp_msg_free(struct tp_msg **m) {
    if (*m != NULL) {
        explicit_bzero(nng_msg_body(nng_of(*m)), nng_msg_len(nng_of(*m))); /* it may hold a password, or a token */
        nng_msg_free(nng_of(*m));
    }
    *m = NULL;
}

/* The first open initialises the library, which shows others that it did without a barrier (nng 1.5.2): never two at once. */
static int open_socket(int (*open)(nng_socket *), nng_socket *sock) {
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&lock);
    int rv = open(sock);
    pthread_mutex_unlock(&lock);
    return rv;
}

static void url_of(const char *addr, char url[URL_MAX]) { snprintf(url, URL_MAX, "tcp://%s", addr); }

/* The dialer keeps trying in the background. */
static int dial(nng_socket sock, const char *addr, nng_dialer *dialer) {
    char url[URL_MAX];
    url_of(addr, url);
    int rv = nng_dialer_create(dialer, sock, url);
    if (rv != 0) return rv;
    nng_dialer_set_bool(*dialer, NNG_OPT_TCP_KEEPALIVE, true);
    nng_dialer_set_ms(*dialer, NNG_OPT_RECONNMINT, RECONNECT_MIN_MS);
    nng_dialer_set_ms(*dialer, NNG_OPT_RECONNMAXT, RECONNECT_MAX_MS);
    rv = nng_dialer_start(*dialer, NNG_FLAG_NONBLOCK);
    if (rv != 0) nng_dialer_close(*dialer);
    return rv;
}

static int serve_at(nng_socket sock, const char *addr) {
    char url[URL_MAX];
    url_of(addr, url);
    nng_listener listener;
    int rv = nng_listener_create(&listener, sock, url);
    if (rv == 0) {
        nng_listener_set_bool(listener, NNG_OPT_TCP_KEEPALIVE, true);
        rv = nng_listener_start(listener, 0);
    }
    if (rv != 0) log_error("cannot listen", "address", addr, "reason", nng_strerror(rv));
    return rv;
}

/* ---- the end of a socket ---- */

/* nng 1.5.2 loses a connection that is closed when the length of a message has come and the rest was not asked for yet: the next
 * read starts on an aio that is stopped already, and nobody is told. The one thread that buries connections waits for it for
 * ever. So does nng_close(), and no dialer of this process connects again. */
static atomic_bool stuck;

static void *close_main(void *arg) {
    nng_close((nng_socket){.id = (uint32_t)(uintptr_t)arg});
    return NULL;
}

/* False: it does not end, and what it calls back must stay where it is. */
static bool close_socket(nng_socket sock) {
    pthread_t thread;
    struct timespec until;
    if (atomic_load(&stuck)) return false;
    if (pthread_create(&thread, NULL, close_main, (void *)(uintptr_t)sock.id) != 0) return false;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += CLOSE_SECONDS;
    if (pthread_timedjoin_np(thread, NULL, &until) == 0) return true;
    pthread_detach(thread);
    if (!atomic_exchange(&stuck, true)) log_error("a connection does not end, and none can be made any more");
    return false;
}

/* ---- asking ---- */

struct tp_slot {
    struct tp_slot *next;
    nng_ctx ctx;
    nng_aio *aio;
    void (*done)(void *arg, enum tp_outcome, struct tp_msg *reply);
    void *arg;
    int answer_ms;
    struct tp_peer *peer;
    struct tp_slot *next_done; /* in peer.first_done */
    enum tp_outcome outcome;
    nng_msg *reply;
    atomic_bool busy;
    bool sent; /* the question left; the aio now waits for the reply */
};

struct tp_peer {
    nng_socket sock;
    struct tp_slot *slots;
    void (*on_link)(void *arg, bool up);
    void *arg;
    pthread_mutex_t lock; /* orders the pipe events */
    int pipes;
    /* Outcomes are handed over by a thread of the peer's own. Inside of nng's callbacks they would run in the middle of its
     * receive path, and a question asked from there can leave a dying connection half closed for ever (nng 1.5.2). */
    pthread_t thread;
    pthread_mutex_t done_lock;
    pthread_cond_t done_filled;
    struct tp_slot *first_done, *last_done;
    bool closing;
};

static void on_pipe(nng_pipe pipe, nng_pipe_ev event, void *arg) {
    (void)pipe;
    struct tp_peer *p = arg;
    pthread_mutex_lock(&p->lock);
    p->pipes += event == NNG_PIPE_EV_ADD_POST ? 1 : -1;
    p->on_link(p->arg, p->pipes > 0);
    pthread_mutex_unlock(&p->lock);
}

static void finish(struct tp_slot *s, enum tp_outcome outcome, nng_msg *reply) {
    struct tp_peer *p = s->peer;
    if (!atomic_exchange(&s->busy, false)) {
        if (reply != NULL) nng_msg_free(reply);
        return;
    }
    s->outcome = outcome;
    s->reply = reply;
    s->next_done = NULL;
    pthread_mutex_lock(&p->done_lock);
    *(p->first_done != NULL ? &p->last_done->next_done : &p->first_done) = s;
    p->last_done = s;
    pthread_cond_signal(&p->done_filled);
    pthread_mutex_unlock(&p->done_lock);
}

static void *peer_main(void *arg) {
    struct tp_peer *p = arg;
    pthread_mutex_lock(&p->done_lock);
    for (;;) {
        struct tp_slot *s = p->first_done;
        if (s != NULL) {
            p->first_done = s->next_done;
            pthread_mutex_unlock(&p->done_lock);
            s->done(s->arg, s->outcome, msg_of(s->reply));
            pthread_mutex_lock(&p->done_lock);
        } else if (p->closing) {
            break;
        } else {
            pthread_cond_wait(&p->done_filled, &p->done_lock);
        }
    }
    pthread_mutex_unlock(&p->done_lock);
    return NULL;
}

static void peer_free(struct tp_peer *p) {
    pthread_cond_destroy(&p->done_filled);
    pthread_mutex_destroy(&p->done_lock);
    pthread_mutex_destroy(&p->lock);
    free(p);
}

struct tp_peer *tp_peer_open(const char *addr, void (*on_link)(void *arg, bool up), void *arg) {
    struct tp_peer *p = calloc(1, sizeof *p);
    if (p == NULL) return NULL;
    p->on_link = on_link;
    p->arg = arg;
    pthread_mutex_init(&p->lock, NULL);
    pthread_mutex_init(&p->done_lock, NULL);
    pthread_cond_init(&p->done_filled, NULL);
    int rv = open_socket(nng_req0_open, &p->sock);
    if (rv == 0 && pthread_create(&p->thread, NULL, peer_main, p) != 0) {
        nng_close(p->sock);
        rv = NNG_ENOMEM;
    }
    if (rv != 0) {
        log_error("cannot open a socket", "reason", nng_strerror(rv));
        peer_free(p);
        return NULL;
    }
    nng_socket_set_ms(p->sock, NNG_OPT_REQ_RESENDTIME, -1);
    nng_socket_set_size(p->sock, NNG_OPT_RECVMAXSZ, TP_MAX_MESSAGE);
    nng_pipe_notify(p->sock, NNG_PIPE_EV_ADD_POST, on_pipe, p);
    nng_pipe_notify(p->sock, NNG_PIPE_EV_REM_POST, on_pipe, p);
    nng_dialer dialer;
    if ((rv = dial(p->sock, addr, &dialer)) != 0) {
        log_error("cannot dial", "address", addr, "reason", nng_strerror(rv));
        tp_peer_close(&p);
    }
    return p;
}

/* The receive is posted only after the send ended: nng 1.5.2 crashes otherwise when a queued send is cancelled. */
static void on_slot(void *arg) {
    struct tp_slot *s = arg;
    int rv = nng_aio_result(s->aio);
    if (!s->sent && rv != 0) {
        nng_msg_free(nng_aio_get_msg(s->aio));
        nng_aio_set_msg(s->aio, NULL);
        finish(s, TP_NOT_SENT, NULL);
    } else if (!s->sent) {
        s->sent = true;
        nng_aio_set_msg(s->aio, NULL);
        nng_aio_set_timeout(s->aio, s->answer_ms);
        nng_ctx_recv(s->ctx, s->aio);
    } else if (rv != 0) {
        finish(s, TP_LOST, NULL);
    } else {
        nng_msg *reply = nng_aio_get_msg(s->aio);
        nng_aio_set_msg(s->aio, NULL);
        finish(s, TP_ANSWERED, reply);
    }
}

struct tp_slot *tp_slot_open(struct tp_peer *p, void (*done)(void *arg, enum tp_outcome, struct tp_msg *reply),
                             void *arg) {
    struct tp_slot *s = calloc(1, sizeof *s);
    if (s == NULL) return NULL;
    s->peer = p;
    s->done = done;
    s->arg = arg;
    if (nng_ctx_open(&s->ctx, p->sock) != 0) {
        free(s);
        return NULL;
    }
    if (nng_aio_alloc(&s->aio, on_slot, s) != 0) {
        nng_ctx_close(s->ctx);
        free(s);
        return NULL;
    }
    s->next = p->slots;
    p->slots = s;
    return s;
}

void tp_ask(struct tp_slot *s, struct tp_msg *m, int send_ms, int answer_ms) {
    s->answer_ms = answer_ms;
    s->sent = false;
    atomic_store(&s->busy, true);
    nng_aio_set_timeout(s->aio, send_ms);
    nng_aio_set_msg(s->aio, nng_of(m));
    nng_ctx_send(s->ctx, s->aio);
}

/* A stopped aio takes no new work and tells nobody, so a slot caught between send and receive is ended here. */
bool tp_peer_close(struct tp_peer **pp) {
    struct tp_peer *p = *pp;
    if (p == NULL) return true;
    *pp = NULL;
    for (struct tp_slot *s = p->slots; s != NULL; s = s->next) {
        nng_aio_stop(s->aio);
        finish(s, TP_LOST, NULL);
    }
    pthread_mutex_lock(&p->done_lock);
    p->closing = true;
    pthread_cond_signal(&p->done_filled);
    pthread_mutex_unlock(&p->done_lock);
    pthread_join(p->thread, NULL);
    while (p->slots != NULL) {
        struct tp_slot *s = p->slots;
        p->slots = s->next;
        nng_ctx_close(s->ctx);
        nng_aio_free(s->aio);
        free(s);
    }
    bool closed = close_socket(p->sock);
    if (closed) peer_free(p);
    return closed;
}

/* ---- answering ---- */

struct tp_talk {
    struct tp_server *server;
    nng_ctx ctx;
    nng_aio *aio;
    bool answering; /* the aio carries a reply; else it waits for a question */
};

struct tp_server {
    nng_socket sock;
    void (*on_question)(void *arg, struct tp_talk *t, struct tp_msg *m);
    void *arg;
    size_t n_talks;
    struct tp_talk talks[];
};

static void listen_again(struct tp_talk *t) {
    t->answering = false;
    nng_aio_set_msg(t->aio, NULL);
    nng_aio_set_timeout(t->aio, NNG_DURATION_INFINITE);
    nng_ctx_recv(t->ctx, t->aio);
}

static void on_talk(void *arg) {
    struct tp_talk *t = arg;
    int rv = nng_aio_result(t->aio);
    nng_msg *m = nng_aio_get_msg(t->aio);
    if (t->answering && rv != 0 && m != NULL) nng_msg_free(m);
    if (rv == NNG_ECLOSED || rv == NNG_ECANCELED) return;
    if (t->answering || rv != 0) {
        listen_again(t);
        return;
    }
    nng_aio_set_msg(t->aio, NULL);
    t->server->on_question(t->server->arg, t, msg_of(m));
}

void tp_answer(struct tp_talk *t, struct tp_msg *m) {
    t->answering = true;
    nng_aio_set_timeout(t->aio, REPLY_SEND_MS);
    nng_aio_set_msg(t->aio, nng_of(m));
    nng_ctx_send(t->ctx, t->aio);
}

static int open_talks(struct tp_server *s, size_t talks) {
    for (; s->n_talks < talks; s->n_talks++) {
        struct tp_talk *t = &s->talks[s->n_talks];
        t->server = s;
        if (nng_ctx_open(&t->ctx, s->sock) != 0) return -1;
        if (nng_aio_alloc(&t->aio, on_talk, t) != 0) {
            nng_ctx_close(t->ctx);
            return -1;
        }
    }
    return 0;
}

struct tp_server *tp_server_open(const char *addr, size_t talks,
                                 void (*on_question)(void *arg, struct tp_talk *t, struct tp_msg *m), void *arg) {
    struct tp_server *s = calloc(1, sizeof *s + talks * sizeof s->talks[0]);
    if (s == NULL) return NULL;
    s->on_question = on_question;
    s->arg = arg;
    int rv = open_socket(nng_rep0_open, &s->sock);
    if (rv != 0) {
        log_error("cannot open a socket", "reason", nng_strerror(rv));
        free(s);
        return NULL;
    }
    nng_socket_set_size(s->sock, NNG_OPT_RECVMAXSZ, TP_MAX_MESSAGE);
    if (open_talks(s, talks) != 0 || serve_at(s->sock, addr) != 0) {
        tp_server_close(&s);
        return NULL;
    }
    for (size_t i = 0; i < s->n_talks; i++) listen_again(&s->talks[i]);
    return s;
}

void tp_server_close(struct tp_server **sp) {
    struct tp_server *s = *sp;
    if (s == NULL) return;
    for (size_t i = 0; i < s->n_talks; i++) nng_aio_stop(s->talks[i].aio);
    for (size_t i = 0; i < s->n_talks; i++) {
        nng_ctx_close(s->talks[i].ctx);
        nng_aio_free(s->talks[i].aio);
    }
    close_socket(s->sock);
    free(s);
    *sp = NULL;
}

/* ---- publishing ---- */

struct tp_pub {
    nng_socket sock;
};
struct tp_sub {
    nng_socket sock;
};

struct tp_pub *tp_pub_open(const char *addr) {
    struct tp_pub *p = calloc(1, sizeof *p);
    if (p == NULL) return NULL;
    if (open_socket(nng_pub0_open, &p->sock) != 0) {
        free(p);
        return NULL;
    }
    nng_socket_set_int(p->sock, NNG_OPT_SENDBUF, HINT_QUEUE);
    nng_socket_set_size(p->sock, NNG_OPT_RECVMAXSZ, TP_MAX_MESSAGE);
    if (serve_at(p->sock, addr) != 0) tp_pub_close(&p);
    return p;
}

void tp_pub_send(struct tp_pub *p, const void *data, size_t n) {
    nng_msg *m = NULL;
    if (nng_msg_alloc(&m, 0) != 0) return;
    if (nng_msg_append(m, data, n) != 0 || nng_sendmsg(p->sock, m, NNG_FLAG_NONBLOCK) != 0) nng_msg_free(m);
}

void tp_pub_close(struct tp_pub **p) {
    if (*p == NULL) return;
    close_socket((*p)->sock);
    free(*p);
    *p = NULL;
}

struct tp_sub *tp_sub_open(void) {
    struct tp_sub *s = calloc(1, sizeof *s);
    if (s == NULL) return NULL;
    if (open_socket(nng_sub0_open, &s->sock) != 0) {
        free(s);
        return NULL;
    }
    nng_socket_set_int(s->sock, NNG_OPT_RECVBUF, HINT_QUEUE);
    nng_socket_set_size(s->sock, NNG_OPT_RECVMAXSZ, TP_MAX_MESSAGE);
    nng_socket_set(s->sock, NNG_OPT_SUB_SUBSCRIBE, "", 0);
    return s;
}

int tp_sub_dial(struct tp_sub *s, const char *addr) {
    nng_dialer dialer;
    return dial(s->sock, addr, &dialer) == 0 ? nng_dialer_id(dialer) : -1;
}

void tp_sub_hang_up(struct tp_sub *s, int id) {
    (void)s;
    nng_dialer dialer = {.id = (uint32_t)id};
    nng_dialer_close(dialer);
}

struct tp_msg *tp_sub_wait(struct tp_sub *s, int ms) {
    nng_msg *m = NULL;
    nng_socket_set_ms(s->sock, NNG_OPT_RECVTIMEO, ms);
    return nng_recvmsg(s->sock, &m, 0) == 0 ? msg_of(m) : NULL;
}

void tp_sub_close(struct tp_sub **s) {
    if (*s == NULL) return;
    close_socket((*s)->sock);
    free(*s);
    *s = NULL;
}
