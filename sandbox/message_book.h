/* message_book - all messages that were accepted, in that order. One lock; every function but open and close is called inside,
 * and messages are touched inside only. */
#pragma once
#include "message.h"

struct message_book;
/* The oldest gives way to a message beyond `max`. */
struct message_book *messages_open(size_t max);
void messages_close(struct message_book **b);
void messages_enter(struct message_book *b);
void messages_leave(struct message_book *b);
/* Takes over a message_make()d one and gives it its number; one that has a number already (of before a restart) takes the place
 * of the one that had it. */
void messages_add(struct message_book *b, struct message *m);
void messages_clear(struct message_book *b);
/* The newest that carries this own id. NULL: none. */
struct message *messages_by_own_id(struct message_book *b, enum message_provider p, const char *own_id);
struct message *messages_by_request(struct message_book *b, const char *request_id, int seq);
/* Numbers run from `first` to `end` - 1; between them some may be missing. */
uint64_t messages_first(const struct message_book *b);
uint64_t messages_end(const struct message_book *b);
struct message *messages_at(const struct message_book *b, uint64_t number);
