/* transport - messages over nng tcp: the only file that knows nng. It moves bytes; bus_*.c gives them a meaning.
 *
 * on_link and on_question run on nng's few task threads: they must not block, or every connection of the process stands still.
 * done runs on a thread of the peer: while it blocks, that peer's other answers wait. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TP_MAX_MESSAGE (1024 * 1024) /* larger ones are refused by the receiving end, which drops the connection */

/* ---- messages: one owner at a time ---- */
struct tp_msg;
struct tp_msg *tp_msg_new(size_t len); /* content undefined; NULL: out of memory */
uint8_t *tp_msg_data(struct tp_msg *m);
size_t tp_msg_len(struct tp_msg *m);
void tp_msg_free(struct tp_msg **m);

/* ---- asking ---- */
enum tp_outcome {
    TP_ANSWERED, /* reply given */
    TP_NOT_SENT, /* nothing left this process: may be asked elsewhere */
    TP_LOST      /* sent, then time-out or connection gone: nobody knows */
};
struct tp_peer; /* one address, one connection, reconnecting by itself */
struct tp_slot; /* one question under way */

/* `on_link` is called on every change of the connection. Never resends. */
struct tp_peer *tp_peer_open(const char *addr, void (*on_link)(void *arg, bool up), void *arg);
/* `done` owns the reply (NULL unless TP_ANSWERED) and is called once per tp_ask(). */
struct tp_slot *tp_slot_open(struct tp_peer *p, void (*done)(void *arg, enum tp_outcome, struct tp_msg *reply),
                             void *arg);
/* Takes the message. The slot must be idle, and the peer not being closed. */
void tp_ask(struct tp_slot *s, struct tp_msg *m, int send_ms, int answer_ms);
/* Ends questions under way as TP_LOST or TP_NOT_SENT, frees the slots too. Not from a callback; by the opening thread.
 * False: the transport of this process has broken down, and connections that end are not made anew: it should end and be started
 * again. on_link may then still be called. */
bool tp_peer_close(struct tp_peer **p);

/* ---- answering ---- */
struct tp_server;
struct tp_talk; /* one question being answered */
/* At most `talks` questions are held at once; beyond that TCP makes the callers wait. NULL: cannot listen (logged). */
struct tp_server *tp_server_open(const char *addr, size_t talks,
                                 void (*on_question)(void *arg, struct tp_talk *t, struct tp_msg *m), void *arg);
/* Takes the message; the talk is then free for the next question. From any thread. */
void tp_answer(struct tp_talk *t, struct tp_msg *m);
/* No talk may be answered afterwards. Replies not yet written are lost. */
void tp_server_close(struct tp_server **s);

/* ---- publishing ---- */
struct tp_pub;
struct tp_pub *tp_pub_open(const char *addr);
void tp_pub_send(struct tp_pub *p, const void *data, size_t n); /* never blocks; may lose */
void tp_pub_close(struct tp_pub **p);

/* All calls on one subscriber come from one thread. */
struct tp_sub;
struct tp_sub *tp_sub_open(void);
int tp_sub_dial(struct tp_sub *s, const char *addr); /* id for tp_sub_hang_up(), or -1 */
void tp_sub_hang_up(struct tp_sub *s, int id);
struct tp_msg *tp_sub_wait(struct tp_sub *s, int ms); /* NULL: nothing came */
void tp_sub_close(struct tp_sub **s);
