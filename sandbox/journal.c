/* journal - see journal.h. */
#include "journal.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>
#include "common/log.h"
#include "idempotency.h"
#include "message_book.h"
#include "payment_book.h"
#include "payment_record.h"

#define RECORD_MAX ((size_t)1024 * 1024)

enum kind { RECORD_LAYOUT = 1, RECORD_PAYMENT, RECORD_TRANSACTION, RECORD_ANSWER, RECORD_MESSAGE };
struct header {
    uint32_t kind, len;
};
struct layout { /* first record: whoever reads other sizes cannot read the rest */
    uint32_t version, payment, cancel, transaction, message;
};
static const struct layout own_layout = {2, sizeof(struct payment), sizeof(struct cancel), sizeof(struct transaction),
                                         sizeof(struct message)};
struct answer_record { /* followed by identity, NUL, body */
    int64_t first_used;
    int32_t status;
    uint32_t len;
};

struct journal {
    int fd;
    char path[];
};

/* ---- writing ---- */

/* One write, so that records of several threads never mix. */
static void append(const struct journal *j, enum kind kind, const struct iovec *parts, int n) {
    struct header h = {.kind = kind};
    struct iovec all[4] = {{&h, sizeof h}};
    size_t len = 0;
    for (int i = 0; i < n; i++) {
        all[i + 1] = parts[i];
        len += parts[i].iov_len;
    }
    h.len = (uint32_t)len;
    if (writev(j->fd, all, n + 1) != (ssize_t)(sizeof h + len))
        log_error("state file cannot be written", "path", j->path);
}

void journal_payment(struct journal *j, const struct payment *p) {
    if (j == NULL) return;
    size_t len;
    void *record = payment_record_make(p, &len);
    if (record != NULL) append(j, RECORD_PAYMENT, &(struct iovec){record, len}, 1);
    free(record);
}

void journal_transaction(struct journal *j, const struct transaction *t) {
    struct transaction copy = *t;
    if (j != NULL) append(j, RECORD_TRANSACTION, &(struct iovec){&copy, sizeof copy}, 1);
}

void journal_answer(struct journal *j, const char *identity, int64_t first_used, int status, const void *body,
                    size_t len) {
    struct answer_record r = {.first_used = first_used, .status = status, .len = (uint32_t)len};
    const struct iovec parts[] = {
        {&r, sizeof r}, {(void *)(uintptr_t)identity, strlen(identity) + 1}, {(void *)(uintptr_t)body, len}};
    if (j != NULL) append(j, RECORD_ANSWER, parts, 3);
}

void journal_message(struct journal *j, const struct message *m) {
    if (j != NULL) append(j, RECORD_MESSAGE, &(struct iovec){(void *)(uintptr_t)m, m->size}, 1);
}

static void begin_file(struct journal *j) {
    struct layout l = own_layout;
    append(j, RECORD_LAYOUT, &(struct iovec){&l, sizeof l}, 1);
}

/* ---- reading ---- */

struct reader {
    struct book *book;
    struct idempotency *answers;
    struct message_book *messages;
    bool known_layout;
};

static void take_answer(struct reader *r, const char *data, size_t len) {
    struct answer_record a;
    if (len < sizeof a) return;
    memcpy(&a, data, sizeof a);
    const char *identity = data + sizeof a;
    size_t n = strnlen(identity, len - sizeof a);
    if (len - sizeof a != n + 1 + a.len) return;
    const struct kept_answer answer = {a.status, identity + n + 1, a.len};
    idempotency_restore(r->answers, identity, a.first_used, &answer);
}

static void take_message(struct reader *r, const char *data, size_t len) {
    struct message *m = message_whole(data, len) ? malloc(len) : NULL;
    if (m == NULL) return;
    memcpy(m, data, len);
    m->next_by_own_id = NULL;
    messages_add(r->messages, m);
}

static void take(struct reader *r, enum kind kind, const char *data, size_t len) {
    struct transaction t;
    struct payment *p = kind == RECORD_PAYMENT ? payment_record_read(data, len) : NULL;
    if (p != NULL) {
        struct payment *before = book_by_key(r->book, p->key);
        if (before != NULL) book_remove(r->book, before);
        book_add(r->book, p);
    } else if (kind == RECORD_TRANSACTION && len == sizeof t) {
        memcpy(&t, data, sizeof t);
        transactions_restore(book_transactions(r->book), &t);
    } else if (kind == RECORD_ANSWER) {
        take_answer(r, data, len);
    } else if (kind == RECORD_MESSAGE) {
        take_message(r, data, len);
    }
}

/* A record cut off by the end of the process is the last one. False: a file of another build. */
static bool read_all(FILE *f, struct reader *r) {
    struct header h;
    bool ok = true;
    while (ok && fread(&h, sizeof h, 1, f) == 1 && h.len <= RECORD_MAX) {
        char *data = malloc((size_t)h.len + 1);
        if (data == NULL || fread(data, 1, h.len, f) != h.len) {
            free(data);
            break;
        }
        if (h.kind == RECORD_LAYOUT)
            r->known_layout = h.len == sizeof own_layout && memcmp(data, &own_layout, sizeof own_layout) == 0;
        ok = r->known_layout;
        if (ok) take(r, (enum kind)h.kind, data, h.len);
        free(data);
    }
    return ok;
}

static void read_file(const char *path, struct reader *r) {
    FILE *f = fopen(path, "re");
    if (f == NULL) return;
    book_enter(r->book);
    messages_enter(r->messages);
    bool ok = read_all(f, r);
    messages_leave(r->messages);
    book_leave(r->book);
    fclose(f);
    if (!ok) log_warn("state file is of another build, starting without", "path", path);
}

/* ---- the file anew ---- */

static void write_payment(void *journal, const struct payment *p) { journal_payment(journal, p); }

static void write_answer(void *journal, const char *identity, int64_t first_used, const struct kept_answer *a) {
    journal_answer(journal, identity, first_used, a->status, a->body, a->len);
}

static void write_messages(struct journal *j, struct message_book *b) {
    messages_enter(b);
    for (uint64_t n = messages_first(b); n < messages_end(b); n++)
        if (messages_at(b, n) != NULL) journal_message(j, messages_at(b, n));
    messages_leave(b);
}

static void write_all(struct journal *j, const struct reader *r) {
    struct book *b = r->book;
    const struct transaction *t;
    begin_file(j);
    book_enter(b);
    book_each(b, write_payment, j);
    for (uint64_t n = 0; (t = transactions_at(book_transactions(b), &n)) != NULL; n++) journal_transaction(j, t);
    book_leave(b);
    idempotency_each(r->answers, write_answer, j);
    write_messages(j, r->messages);
}

void journal_rewrite(struct journal *j, struct book *b, struct idempotency *i, struct message_book *m) {
    const struct reader r = {.book = b, .answers = i, .messages = m};
    if (j == NULL) return;
    if (ftruncate(j->fd, 0) != 0) log_error("state file cannot be emptied", "path", j->path);
    write_all(j, &r);
}

struct journal *journal_open(const char *path, struct book *b, struct idempotency *i, struct message_book *m) {
    struct reader r = {.book = b, .answers = i, .messages = m};
    size_t n = strlen(path) + sizeof ".new";
    char *fresh = malloc(n);
    struct journal *j = calloc(1, sizeof *j + n);
    if (fresh == NULL || j == NULL) goto failed;
    memcpy(j->path, path, strlen(path));
    snprintf(fresh, n, "%s.new", path);
    read_file(path, &r);
    j->fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
    if (j->fd < 0) {
        log_error("state file cannot be written", "path", fresh);
        goto failed;
    }
    write_all(j, &r);
    if (rename(fresh, path) != 0) log_error("state file cannot be replaced", "path", path);
    free(fresh);
    return j;
failed:
    free(fresh);
    free(j);
    return NULL;
}

void journal_close(struct journal **j) {
    if (*j == NULL) return;
    close((*j)->fd);
    free(*j);
    *j = NULL;
}
