/* bare_http - baseline of the catalogue figures: civetweb answering a constant of SIZE bytes in one mg_write.
 * Usage: bare_http PORT SIZE THREADS. Ends with its standard input. */
#include <civetweb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct constant {
    char *text;
    size_t len;
};

static int answer(struct mg_connection *conn, void *arg) {
    const struct constant *c = arg;
    mg_write(conn, c->text, c->len);
    return 200;
}

int main(int argc, char **argv) {
    if (argc != 4) {
        fprintf(stderr, "usage: bare_http PORT SIZE THREADS\n");
        return 2;
    }
    size_t size = (size_t)strtoul(argv[2], NULL, 10);
    struct constant c = {.text = calloc(1, size + 256)};
    if (!c.text) return 1;
    int head =
        snprintf(c.text, 256, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n", size);
    memset(c.text + head, 'x', size);
    c.len = (size_t)head + size;
    char listen[32];
    snprintf(listen, sizeof listen, "127.0.0.1:%s", argv[1]);
    /* clang-format off */
    const char *options[] = {"listening_ports", listen, "num_threads", argv[3], "enable_keep_alive", "yes",
                             "keep_alive_timeout_ms", "5000", "tcp_nodelay", "1", "listen_backlog", "1024",
                             "connection_queue", "1024", NULL};
    /* clang-format on */
    mg_init_library(0);
    struct mg_context *ctx = mg_start(NULL, NULL, options);
    if (!ctx) {
        free(c.text);
        return 1;
    }
    mg_set_request_handler(ctx, "/", answer, &c);
    puts("ready");
    fflush(stdout);
    while (getchar() != EOF)
        ;
    mg_stop(ctx);
    free(c.text);
    return 0;
}
