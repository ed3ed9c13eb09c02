/* buscall - speaks the bus by hand, for tests and for looking inside: one call per line of stdin, one answer per line.
 *
 *   {"op":"order.get","as":"gateway","key":"…","addr":"127.0.0.1:7101","params":{"order_number":"…"},"body":{…}}
 *   -> {"line":1,"status":"OK","http":200,"body":{…}}
 *
 * op as key addr are needed; service ("booking"), role ("visitor"), scope, token (manage|view), idem, path, user_id, timeout_ms
 * (3000), raw (a body that need not be JSON) are not. "forge":"mac|version|truncate|garbage|count" sends a damaged message and
 * shows the refusal. With --parallel N, or a first line {"parallel":true} (64), lines run at once and answers come as they come. */
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/bus.h"
#include "common/bus_envelope.h"
#include "common/json.h"
#include "common/log.h"
#include "common/timeutil.h"
#include "common/transport.h"

enum { ARENA_MAX = 8 << 20, OUT_MAX = 4 << 20, MAX_CLIENTS = 64, MAX_THREADS = 1024, PARALLEL = 64, TEXT_MAX = 8192 };

struct call {
    struct bus_head head;
    const char *service, *as, *key, *addr, *forge;
};

/* ---- reading a line ---- */

/* Members of a flat object of texts without escapes, in the compact form json_raw() gives: {"a":"b","c":"d"} */
static bool read_params(struct arena *a, const char *json, struct bus_head *h) {
    if (json == NULL || strcmp(json, "{}") == 0) return true;
    const char *at = json;
    do {
        char *name, *value;
        size_t n = strcspn(at + 2, "\"\\");
        if (at[1] != '"' || strncmp(at + 2 + n, "\":\"", 3) != 0) return false;
        name = arena_strndup(a, at + 2, n);
        at += 2 + n + 3;
        n = strcspn(at, "\"\\");
        value = arena_strndup(a, at, n);
        at += n + 1;
        if (at[-1] != '"' || h->n_params == BUS_MAX_PARAMS) return false;
        h->params[h->n_params++] = (struct bus_param){name, value};
    } while (*at == ',');
    return *at == '}';
}

static const char *text_or(struct json_in *in, const char *field, const char *otherwise) {
    const char *s = json_text(in, field, 0, TEXT_MAX, JSON_OPTIONAL);
    return s != NULL ? s : otherwise;
}

/* What is wrong with the line, or NULL. */
static const char *read_call(struct arena *a, const char *line, struct call *c) {
    struct json_faults faults = {0};
    struct json_in in;
    if (json_open(&in, a, &faults, line, strlen(line), false) != ST_OK) return "not a JSON object";
    struct bus_head *h = &c->head;
    c->service = text_or(&in, "service", "booking");
    c->as = json_text(&in, "as", 1, ENV_MAX_SERVICE, JSON_REQUIRED);
    c->key = json_text(&in, "key", 0, TEXT_MAX, JSON_REQUIRED);
    c->addr = json_text(&in, "addr", 1, TEXT_MAX, JSON_REQUIRED);
    c->forge = text_or(&in, "forge", NULL);
    h->op = json_text(&in, "op", 1, TEXT_MAX, JSON_REQUIRED);
    h->idem_key = text_or(&in, "idem", "");
    h->idem_given = *h->idem_key != '\0';
    h->request_id = "buscall";
    h->client = "127.0.0.1";
    h->path = text_or(&in, "path", "");
    h->scope = text_or(&in, "scope", "");
    h->role = role_parse(text_or(&in, "role", "visitor"));
    h->user_id = json_int(&in, "user_id", 0, INT32_MAX, JSON_OPTIONAL);
    const char *token = text_or(&in, "token", "");
    h->token = strcmp(token, "manage") == 0 ? TOKEN_MANAGE : strcmp(token, "view") == 0 ? TOKEN_VIEW : TOKEN_NONE;
    int64_t timeout = json_int(&in, "timeout_ms", 1, 600000, JSON_OPTIONAL);
    h->deadline_ms = time_now_ms() + (timeout > 0 ? timeout : 3000);
    const char *params = json_raw(&in, "params", TEXT_MAX);
    const char *body = json_raw(&in, "body", ARENA_MAX / 4);
    const char *raw = json_text(&in, "raw", 0, BUS_MAX_MESSAGE, JSON_OPTIONAL);
    h->body = raw != NULL ? raw : body != NULL ? body : "";
    h->body_len = strlen(h->body);
    json_end(&in);
    if (faults.n > 0) return faults.item[0].field;
    if (h->role == 0) return "role";
    return read_params(a, params, h) ? NULL : "params";
}

/* ---- proper calls ---- */

static const struct bus_lane lanes[] = {{"call", 64, 1, 4096}};
static struct {
    char *id;
    struct bus_service service;
    struct bus_client *client;
} clients[MAX_CLIENTS];
static size_t n_clients;
static pthread_mutex_t clients_lock = PTHREAD_MUTEX_INITIALIZER;

/* One client per caller, key and address; they live as long as the program. */
static struct bus_client *client_for(struct arena *a, const struct call *c) {
    const char *id = arena_printf(a, "%s %s %s %s", c->as, c->key, c->addr, c->service);
    struct bus_client *found = NULL;
    pthread_mutex_lock(&clients_lock);
    for (size_t i = 0; id != NULL && i < n_clients && found == NULL; i++)
        if (strcmp(clients[i].id, id) == 0) found = clients[i].client;
    if (found == NULL && id != NULL && n_clients < MAX_CLIENTS) {
        clients[n_clients].id = strdup(id);
        clients[n_clients].service = (struct bus_service){strdup(c->service), strdup(c->addr), lanes, 1};
        found = bus_client_open(c->as, c->key, &clients[n_clients].service, 1);
        clients[n_clients++].client = found;
    }
    pthread_mutex_unlock(&clients_lock);
    return found;
}

/* ---- damaged ones ---- */

struct attempt {
    sem_t done;
    struct tp_msg *reply;
};

static void on_link(void *arg, bool up) {
    (void)arg;
    (void)up;
}

static void on_done(void *arg, enum tp_outcome outcome, struct tp_msg *reply) {
    (void)outcome;
    struct attempt *at = arg;
    at->reply = reply;
    sem_post(&at->done);
}

static struct tp_msg *damaged(const struct call *c) {
    size_t len = env_head_size(&c->head);
    size_t size = env_size(c->as, 1, len);
    struct hmac_key *key = hmac_key_new(c->key, strlen(c->key));
    struct tp_msg *m = tp_msg_new(size), *cut;
    struct env_writer w;
    uint8_t mac[HMAC_LEN];
    env_begin(&w, tp_msg_data(m), ENV_REQUEST, c->as, strcmp(c->forge, "count") == 0 ? 2 : 1);
    env_head_write(&c->head, env_frame(&w, len));
    env_sign(&w, key, NULL, mac);
    hmac_key_free(&key);
    uint8_t *data = tp_msg_data(m);
    if (strcmp(c->forge, "mac") == 0) data[size - 1] ^= 1;
    if (strcmp(c->forge, "version") == 0) data[4] = ENV_VERSION + 1;
    if (strcmp(c->forge, "garbage") == 0) random_bytes(data, size);
    if (strcmp(c->forge, "truncate") != 0) return m;
    cut = tp_msg_new(size - HMAC_LEN - 1);
    memcpy(tp_msg_data(cut), data, size - HMAC_LEN - 1);
    tp_msg_free(&m);
    return cut;
}

static void call_forged(const struct call *c, struct arena *a, struct bus_reply *r) {
    struct attempt at = {.reply = NULL};
    sem_init(&at.done, 0, 0);
    *r = (struct bus_reply){.status = ST_OUTCOME_UNKNOWN, .body = ""};
    struct tp_peer *p = tp_peer_open(c->addr, on_link, NULL);
    struct tp_slot *s = p != NULL ? tp_slot_open(p, on_done, &at) : NULL;
    if (s != NULL && env_head_size(&c->head) > 0) {
        int ms = (int)(c->head.deadline_ms - time_now_ms());
        tp_ask(s, damaged(c), ms, ms);
        sem_wait(&at.done);
    }
    struct envelope e;
    size_t len = 0;
    const uint8_t *frame = NULL;
    if (at.reply != NULL && env_open(&e, tp_msg_data(at.reply), tp_msg_len(at.reply)) == ENV_OK)
        frame = env_next(&e, &len);
    struct bus_reply answer;
    if (frame != NULL && env_answer_read(&answer, frame, len)) {
        *r = answer;
        r->body = arena_strndup(a, answer.body, answer.body_len);
    }
    tp_msg_free(&at.reply);
    tp_peer_close(&p);
    sem_destroy(&at.done);
}

/* ---- lines ---- */

static struct {
    pthread_mutex_t lock;
    int next;
} input = {PTHREAD_MUTEX_INITIALIZER, 0};

static void print_answer(struct arena *a, int line, const struct bus_reply *r) {
    struct strbuf b;
    strbuf_init(&b, a, OUT_MAX);
    struct json_out o = {.b = &b};
    json_obj(&o, NULL);
    json_put_int(&o, "line", line);
    json_put_text(&o, "status", status_code(r->status));
    json_put_int(&o, "http", status_http(r->status));
    if (r->retry_after > 0) json_put_int(&o, "retry_after", r->retry_after);
    if (r->body_len > 0 && (r->body[0] == '{' || r->body[0] == '['))
        json_put_raw(&o, "body", r->body);
    else
        json_put_text(&o, "body", r->body_len > 0 ? r->body : NULL);
    json_obj_end(&o);
    flockfile(stdout);
    printf("%s\n", strbuf_ok(&b) ? b.data : "{\"status\":\"INTERNAL\"}");
    fflush(stdout);
    funlockfile(stdout);
}

static void do_line(struct arena *a, int number, const char *line) {
    struct call c = {.service = NULL};
    struct bus_reply r = {.status = ST_BUSY, .body = ""};
    const char *wrong = read_call(a, line, &c);
    if (wrong != NULL) {
        fprintf(stderr, "buscall: line %d: %s\n", number, wrong);
        r.status = ST_BAD_REQUEST;
    } else if (c.forge != NULL) {
        call_forged(&c, a, &r);
    } else {
        struct bus_client *client = client_for(a, &c);
        if (client != NULL) bus_call(client, c.service, "call", &c.head, a, &r);
    }
    print_answer(a, number, &r);
}

static void *run_lines(void *arg) {
    (void)arg;
    struct arena *a = arena_new(ARENA_MAX);
    char *line = NULL;
    size_t cap = 0;
    for (;;) {
        pthread_mutex_lock(&input.lock);
        ssize_t n = getline(&line, &cap, stdin);
        int number = ++input.next;
        pthread_mutex_unlock(&input.lock);
        if (n < 0) break;
        if (n > 0 && line[n - 1] == '\n') line[n - 1] = '\0';
        if (*line != '\0') do_line(a, number, line);
        arena_reset(a);
    }
    free(line);
    arena_free(&a);
    return NULL;
}

int main(int argc, char **argv) {
    static pthread_t threads[MAX_THREADS];
    long n = argc == 3 && strcmp(argv[1], "--parallel") == 0 ? strtol(argv[2], NULL, 10) : 1;
    if (n < 1 || n > MAX_THREADS || (argc != 1 && argc != 3)) {
        fprintf(stderr, "usage: buscall [--parallel 1..%d] < lines\n", MAX_THREADS);
        return 2;
    }
    log_init("buscall", LOG_WARNING, NULL);
    char *line = NULL;
    size_t cap = 0;
    struct arena *a = arena_new(ARENA_MAX);
    if (getline(&line, &cap, stdin) > 0) {
        line[strcspn(line, "\n")] = '\0';
        input.next = 1;
        if (strstr(line, "\"parallel\"") != NULL)
            n = n > 1 ? n : PARALLEL;
        else if (*line != '\0')
            do_line(a, 1, line);
    }
    free(line);
    arena_free(&a);
    for (long i = 0; i < n; i++)
        if (pthread_create(&threads[i], NULL, run_lines, NULL) != 0) n = i;
    for (long i = 0; i < n; i++) pthread_join(threads[i], NULL);
    for (size_t i = 0; i < n_clients; i++) {
        bus_client_close(&clients[i].client);
        free(clients[i].id);
        free((void *)(uintptr_t)clients[i].service.name);
        free((void *)(uintptr_t)clients[i].service.addrs);
    }
    return 0;
}
