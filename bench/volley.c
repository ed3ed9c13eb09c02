/* volley - sends every request of a list once over keep-alive connections and says how each was answered.
 * Usage: volley PORT CONNECTIONS [HEADER] <list >answers. HEADER: one more line for each. A line of the list: method, path and JSON body, separated by tabs. Answers:
 * the microseconds that all took together, then, in the order of the list, a line with status (0: no answer), microseconds and
 * body, separated by tabs. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>
#include "common/timeutil.h"

#define ANSWER_MAX (256 * 1024)
#define SILENCE_MS 30000

struct shot { /* a request and how it was answered */
    char *request, *body;
    size_t len;
    long status;
    int64_t us;
};
struct list {
    struct shot *shot;
    size_t n, next, open;
};
struct gun { /* a connection; idle without a shot */
    struct shot *shot;
    int64_t since_us;
    size_t have;
    int fd;
    char in[ANSWER_MAX];
};

/* ---- the list ---- */

static bool add_shot(struct list *l, const char *header, const char *method, const char *path, const char *body) {
    struct shot *more = realloc(l->shot, (l->n + 1) * sizeof *more);
    if (more == NULL) return false;
    l->shot = more;
    struct shot *s = &l->shot[l->n++];
    *s = (struct shot){.request = NULL};
    int len = asprintf(&s->request,
                       "%s %s HTTP/1.1\r\nHost: 127.0.0.1\r\n%s%sContent-Type: application/json\r\n"
                       "Content-Length: %zu\r\n\r\n%s",
                       method, path, header, *header != '\0' ? "\r\n" : "", strlen(body), body);
    if (len > 0) s->len = (size_t)len;
    return len > 0;
}

static bool read_list(struct list *l, const char *header, FILE *in) {
    char *line = NULL;
    size_t cap = 0;
    ssize_t len;
    bool good = true;
    while (good && (len = getline(&line, &cap, in)) > 0) {
        if (line[len - 1] == '\n') line[len - 1] = '\0';
        char *path = strchr(line, '\t'), *body = path == NULL ? NULL : strchr(path + 1, '\t');
        if ((good = body != NULL)) {
            *path++ = *body++ = '\0';
            good = add_shot(l, header, line, path, body);
        }
    }
    free(line);
    return good;
}

static void write_answers(const struct list *l, int64_t took_us) {
    printf("%lld\n", (long long)took_us);
    for (size_t i = 0; i < l->n; i++) {
        const struct shot *s = &l->shot[i];
        printf("%ld\t%lld\t%s\n", s->status, (long long)s->us, s->body == NULL ? "" : s->body);
    }
}

/* ---- a connection ---- */

static bool connect_gun(struct gun *g, in_port_t port, int poll) {
    const struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = g};
    g->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    return g->fd >= 0 && connect(g->fd, (const struct sockaddr *)&to, sizeof to) == 0 &&
           epoll_ctl(poll, EPOLL_CTL_ADD, g->fd, &event) == 0;
}

static void disconnect(struct gun *g) {
    if (g->fd >= 0) close(g->fd);
    g->fd = -1;
}

/* The next of the list; a request that cannot be sent stays without an answer. */
static void fire(struct gun *g, struct list *l, in_port_t port, int poll) {
    for (g->shot = NULL; g->shot == NULL && l->next < l->n;) {
        struct shot *s = &l->shot[l->next++];
        g->since_us = time_mono_us();
        g->have = 0;
        if ((g->fd >= 0 || connect_gun(g, port, poll)) &&
            send(g->fd, s->request, s->len, MSG_NOSIGNAL) == (ssize_t)s->len)
            g->shot = s;
        else
            disconnect(g);
    }
    if (g->shot == NULL) l->open--;
}

/* True: the answer is whole. */
static bool take_answer(struct gun *g) {
    static const char length[] = "\r\nContent-Length:";
    const char *end = strstr(g->in, "\r\n\r\n"), *said = end == NULL ? NULL : strcasestr(g->in, length);
    if (said == NULL || said > end) return false;
    size_t len = strtoul(said + sizeof length - 1, NULL, 10), head = (size_t)(end + 4 - g->in);
    if (g->have < head + len) return false;
    struct shot *s = g->shot;
    s->us = time_mono_us() - g->since_us;
    s->status = strtol(g->in + sizeof "HTTP/1.1", NULL, 10);
    s->body = strndup(end + 4, len);
    if (s->body != NULL)
        for (char *c = s->body; *(c += strcspn(c, "\t\r\n")) != '\0';) *c = ' '; /* white space between members */
    if (strcasestr(g->in, "\r\nConnection: close") != NULL) disconnect(g);
    return true;
}

static void hear(struct gun *g, struct list *l, in_port_t port, int poll) {
    ssize_t got = recv(g->fd, g->in + g->have, sizeof g->in - 1 - g->have, MSG_DONTWAIT);
    if (got > 0) {
        g->have += (size_t)got;
        g->in[g->have] = '\0';
        if (!take_answer(g)) return;
    } else {
        disconnect(g);
    }
    if (g->shot != NULL) fire(g, l, port, poll);
}

static void fire_all(struct list *l, in_port_t port, struct gun *gun, size_t connections, int poll) {
    struct epoll_event event[64];
    int n;
    l->open = connections;
    for (size_t i = 0; i < connections; i++) {
        gun[i].fd = -1;
        fire(&gun[i], l, port, poll);
    }
    while (l->open > 0 && (n = epoll_wait(poll, event, 64, SILENCE_MS)) > 0)
        for (int i = 0; i < n; i++) hear(event[i].data.ptr, l, port, poll);
    for (size_t i = 0; i < connections; i++) disconnect(&gun[i]);
}

int main(int argc, char **argv) {
    struct list list = {.n = 0};
    if (argc != 3 && argc != 4) {
        fprintf(stderr, "usage: volley PORT CONNECTIONS [HEADER] <list >answers\n");
        return 2;
    }
    size_t connections = strtoul(argv[2], NULL, 10);
    struct gun *gun = calloc(connections, sizeof *gun);
    int poll = epoll_create1(EPOLL_CLOEXEC);
    bool good = gun != NULL && poll >= 0 && read_list(&list, argc == 4 ? argv[3] : "", stdin);
    if (good) {
        int64_t since_us = time_mono_us();
        fire_all(&list, (in_port_t)strtoul(argv[1], NULL, 10), gun, connections, poll);
        write_answers(&list, time_mono_us() - since_us);
    }
    for (size_t i = 0; i < list.n; i++) {
        free(list.shot[i].request);
        free(list.shot[i].body);
    }
    free(list.shot);
    free(gun);
    if (poll >= 0) close(poll);
    return good ? 0 : 1;
}
