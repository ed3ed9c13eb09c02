/* The client against a server that misbehaves in every way, and against wrong certificates. */
#include "test_peer.h"

#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

#include "http_client.h"
#include "test_arena.h"
#include "timeutil.h"

enum { BODY_MAX = 100 * 1000 };
enum { PATIENT_MS = 20000, HASTY_MS = 300 /* where no answer is expected in time */, SOON_US = 15000000 };

#define OK_ANSWER "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Trace: t1\r\n\r\nok"
/* A label is too long for a name: no server of names is asked, which might keep us waiting. */
#define NO_NAME "nobody-has-a-name-as-long-as-this-one-for-64-characters-are-too-many"
#define COUNT(list) (sizeof(list) / sizeof *(list))

static struct http_client_conf conf = {
    .connect_timeout_ms = PATIENT_MS, .timeout_ms = PATIENT_MS, .body_max = BODY_MAX, .plain_http = true};

static struct http_reply ask(struct http_client *c, struct arena *a, const char *method, const char *url) {
    const char *headers[] = {"Content-Type: application/json"};
    struct http_reply r;
    bool post = strcmp(method, "GET") != 0;
    http_client_send(c, a,
                     &(struct http_call){.method = method,
                                         .url = url,
                                         .headers = headers,
                                         .n_headers = 1,
                                         .body = post ? "{}" : NULL,
                                         .len = post ? 2 : 0},
                     &r);
    return r;
}

static struct http_reply ask_peer(struct http_client *c, struct arena *a, const char *method, const struct peer *p) {
    return ask(c, a, method, arena_printf(a, "http://127.0.0.1:%d/path", p->port));
}

/* ---- what arrives ---- */
static void a_whole_answer(void **state) {
    static const struct peer_answer answers[] = {
        {OK_ANSWER, PEER_KEEP, 0, 0}, {"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", PEER_KEEP, 0, 0}};
    struct peer p;
    char request[PEER_REQUEST_MAX + 1];
    peer_start(&p, answers, COUNT(answers));
    struct http_client *c = http_client_open(&conf);
    struct http_reply r = ask_peer(c, *state, "POST", &p);
    assert_int_equal(r.transport, HTTP_ANSWERED);
    assert_int_equal(r.status, 200);
    assert_string_equal(r.body, "ok");
    assert_int_equal(r.len, 2);
    assert_null(r.fault);
    assert_string_equal(http_client_header(c, *state, "x-trace"), "t1");
    assert_null(http_client_header(c, *state, "x-none"));
    peer_request(&p, request);
    assert_ptr_equal(strstr(request, "POST /path HTTP/1.1\r\n"), request);
    assert_non_null(strstr(request, "\r\nContent-Type: application/json\r\n"));
    assert_non_null(strstr(request, "\r\n\r\n{}"));
    assert_null(strstr(request, "Expect"));
    assert_null(strstr(request, "Accept-Language"));
    r = ask_peer(c, *state, "GET", &p);
    assert_int_equal(r.status, 404);
    assert_string_equal(r.body, "");
    assert_null(http_client_header(c, *state, "x-trace"));
    assert_ptr_equal(strstr(peer_request(&p, request), "GET /path HTTP/1.1\r\n"), request);
    assert_int_equal(p.n_connections, 1); /* kept */
    http_client_close(&c);
    peer_stop(&p);
}

static void no_whole_answer(void **state) {
    static const struct {
        struct peer_answer answer;
        enum http_transport transport;
        const char *fault;
    } cases[] = {
        {{"", PEER_CLOSE, 0, 0}, HTTP_UNKNOWN, "CONNECTION_LOST"},
        {{"", PEER_HANG, 0, 0}, HTTP_UNKNOWN, "TIMEOUT"},
        {{"nonsense\r\n\r\n", PEER_CLOSE, 0, 0}, HTTP_UNKNOWN, "BROKEN_ANSWER"},
        {{"HTTP/1.1 200 OK\r\nContent-", PEER_CLOSE, 0, 0}, HTTP_UNKNOWN, "CONNECTION_LOST"},
        {{"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-", PEER_CLOSE, 0, 0},
         HTTP_UNKNOWN,
         "CONNECTION_LOST"},
        {{"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{\"a\"", PEER_CLOSE, 0, 0}, HTTP_UNKNOWN, "CONNECTION_LOST"},
        {{"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-", PEER_CLOSE, 0, 0},
         HTTP_UNKNOWN,
         "CONNECTION_LOST"},
        {{"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{\"a\"", PEER_HANG, 0, 0}, HTTP_UNKNOWN, "TIMEOUT"},
        {{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n", PEER_CLOSE, 0, 0},
         HTTP_UNKNOWN,
         "CONNECTION_LOST"},
        {{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", PEER_CLOSE, 0, 0},
         HTTP_UNKNOWN,
         "CONNECTION_LOST"},
        {{"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-", PEER_CLOSE, 0, 0},
         HTTP_UNKNOWN,
         "CONNECTION_LOST"},
        {{"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n", PEER_HANG, 100, 20}, HTTP_UNKNOWN, "TIMEOUT"},
        {{"HTTP/1.1 200 OK\r\n\r\n", PEER_CLOSE, BODY_MAX + 1, 0}, HTTP_TOO_LARGE, "TOO_LARGE"},
        {{"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-", PEER_CLOSE, 0, 0},
         HTTP_UNKNOWN,
         "CONNECTION_LOST"},
        {{"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n", PEER_CLOSE, BODY_MAX + 1, 0},
         HTTP_TOO_LARGE,
         "TOO_LARGE"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct peer p;
        peer_start(&p, &cases[i].answer, 1);
        struct http_client_conf mine = conf;
        bool hasty = strcmp(cases[i].fault, "TIMEOUT") == 0;
        if (hasty) mine.timeout_ms = HASTY_MS;
        struct http_client *c = http_client_open(&mine);
        struct http_reply r;
        do r = ask_peer(c, *state, "POST", &p);
        while (hasty && r.transport == HTTP_NOT_SENT && peer_requests(&p) == 0); /* on a machine that stands still */
        if (r.transport != cases[i].transport || strcmp(r.fault, cases[i].fault) != 0)
            fail_msg("case %zu: %d %s (%s)", i, (int)r.transport, r.fault, r.detail);
        assert_int_equal(r.status, 0);
        assert_string_equal(r.body, "");
        assert_true(r.took_us < SOON_US); /* dripping does not prolong the call */
        http_client_close(&c);
        peer_stop(&p);
        arena_reset(*state);
    }
}

static void an_answer_of_just_the_limit(void **state) {
    static const struct peer_answer answer = {"HTTP/1.1 200 OK\r\n\r\n", PEER_CLOSE, BODY_MAX, 0};
    struct peer p;
    peer_start(&p, &answer, 1);
    struct http_client *c = http_client_open(&conf);
    struct http_reply r = ask_peer(c, *state, "GET", &p);
    assert_int_equal(r.transport, HTTP_ANSWERED);
    assert_int_equal(r.len, BODY_MAX);
    http_client_close(&c);
    peer_stop(&p);
}

static void an_answer_in_pieces(void **state) {
    static const struct peer_answer answer = {
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"
        "Trailer: X-End\r\n\r\n1\r\no\r\n1\r\nk\r\n0\r\nX-End: 1\r\n\r\n",
        PEER_KEEP, 0, 1};
    struct peer p;
    peer_start(&p, &answer, 1);
    struct http_client *c = http_client_open(&conf);
    struct http_reply r = ask_peer(c, *state, "POST", &p);
    assert_int_equal(r.transport, HTTP_ANSWERED);
    assert_string_equal(r.body, "ok");
    http_client_close(&c);
    peer_stop(&p);
}

static void redirects_are_not_followed(void **state) {
    static const struct peer_answer answer = {
        "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n", PEER_KEEP, 0, 0};
    struct peer p;
    peer_start(&p, &answer, 1);
    struct http_client *c = http_client_open(&conf);
    assert_int_equal(ask_peer(c, *state, "GET", &p).status, 302);
    assert_int_equal(peer_requests(&p), 1);
    http_client_close(&c);
    peer_stop(&p);
}

/* ---- what was sent ---- */
static void nothing_was_sent(void **state) {
    static const struct {
        const char *url, *fault;
    } cases[] = {{"http://127.0.0.1:1/", "NO_CONNECTION"}, {"http://" NO_NAME "/", "NO_CONNECTION"},
                 {"ftp://127.0.0.1/", "BAD_CALL"},         {"file:///etc/passwd", "BAD_CALL"},
                 {"http://127.0.0.1:1/a b", "BAD_CALL"},   {"http://127.0.0.1:1/a\r\nb: c", "BAD_CALL"},
                 {"http://127.0.0.1:99999/", "BAD_CALL"},  {"", "BAD_CALL"}};
    struct http_client *c = http_client_open(&conf);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct http_reply r = ask(c, *state, "POST", cases[i].url);
        if (r.transport != HTTP_NOT_SENT || strcmp(r.fault, cases[i].fault) != 0)
            fail_msg("%s: %d %s (%s)", cases[i].url, (int)r.transport, r.fault, r.detail);
    }
    const char *split[] = {"A: b\r\nC: d"};
    struct http_reply r;
    http_client_send(
        c, *state, &(struct http_call){.method = "GET", .url = "http://127.0.0.1:1/", .headers = split, .n_headers = 1},
        &r);
    assert_string_equal(r.fault, "BAD_CALL");
    http_client_close(&c);
    struct http_client_conf strict = conf;
    strict.plain_http = false;
    c = http_client_open(&strict);
    assert_string_equal(ask(c, *state, "GET", "http://127.0.0.1:1/").fault, "BAD_CALL");
    http_client_close(&c);
}

/* TLS is offered to somebody who never says a word: the connection does not come about. */
static void a_handshake_without_answer(void **state) {
    static const struct peer_answer silent = {"", PEER_HANG, 0, 0};
    struct peer p;
    struct http_client_conf hasty = conf;
    hasty.connect_timeout_ms = 200;
    struct http_client *c = http_client_open(&hasty);
    peer_start(&p, &silent, 1);
    struct http_reply r = ask(c, *state, "POST", arena_printf(*state, "https://127.0.0.1:%d/", p.port));
    assert_int_equal(r.transport, HTTP_NOT_SENT);
    assert_string_equal(r.fault, "TIMEOUT");
    http_client_close(&c);
    peer_stop(&p);
}

/* What http_client.h warns of: the kept connection dies under the second request, and libcurl sends it again. */
static void a_dead_connection_sends_twice(void **state) {
    static const struct peer_answer answers[] = {
        {OK_ANSWER, PEER_KEEP, 0, 0}, {"", PEER_CLOSE, 0, 0}, {OK_ANSWER, PEER_KEEP, 0, 0}};
    struct peer p;
    peer_start(&p, answers, COUNT(answers));
    struct http_client *c = http_client_open(&conf);
    assert_int_equal(ask_peer(c, *state, "POST", &p).status, 200);
    assert_int_equal(ask_peer(c, *state, "POST", &p).status, 200);
    assert_int_equal(peer_requests(&p), 3);
    http_client_close(&c);
    peer_stop(&p);
}

/* Then the second connection is refused, which by its code looks as if nothing had been sent. */
static void a_dead_connection_and_no_other(void **state) {
    static const struct peer_answer answers[] = {{OK_ANSWER, PEER_KEEP, 0, 0}, {"", PEER_GONE, 0, 0}};
    struct peer p;
    peer_start(&p, answers, COUNT(answers));
    struct http_client *c = http_client_open(&conf);
    assert_int_equal(ask_peer(c, *state, "POST", &p).status, 200);
    struct http_reply r = ask_peer(c, *state, "POST", &p);
    assert_int_equal(r.transport, HTTP_UNKNOWN);
    assert_int_equal(peer_requests(&p), 2);
    http_client_close(&c);
    peer_stop(&p);
}

static void a_fresh_connection_sends_once(void **state) {
    static const struct peer_answer answers[] = {{OK_ANSWER, PEER_KEEP, 0, 0}, {"", PEER_CLOSE, 0, 0}};
    struct peer p;
    struct http_client_conf fresh = conf;
    fresh.fresh_post = true;
    peer_start(&p, answers, COUNT(answers));
    struct http_client *c = http_client_open(&fresh);
    assert_int_equal(ask_peer(c, *state, "POST", &p).status, 200);
    struct http_reply r = ask_peer(c, *state, "POST", &p);
    assert_int_equal(r.transport, HTTP_UNKNOWN);
    assert_string_equal(r.fault, "CONNECTION_LOST");
    assert_int_equal(peer_requests(&p), 2);
    http_client_close(&c);
    peer_stop(&p);
}

/* ---- stopping ---- */
static atomic_bool stop;

static void *stop_when_asked(void *arg) {
    while (peer_requests(arg) == 0) usleep(1000);
    atomic_store(&stop, true);
    return NULL;
}

static void a_call_ends_at_shutdown(void **state) {
    static const struct peer_answer answer = {"", PEER_HANG, 0, 0};
    struct peer p;
    struct http_client_conf patient = conf;
    patient.timeout_ms = 60000;
    patient.stop = &stop;
    peer_start(&p, &answer, 1);
    struct http_client *c = http_client_open(&patient);
    pthread_t t;
    pthread_create(&t, NULL, stop_when_asked, &p);
    struct http_reply r = ask_peer(c, *state, "POST", &p);
    pthread_join(t, NULL);
    assert_int_equal(r.transport, HTTP_UNKNOWN);
    assert_string_equal(r.fault, "STOPPED");
    assert_true(r.took_us < SOON_US);
    r = ask_peer(c, *state, "POST", &p);
    assert_int_equal(r.transport, HTTP_NOT_SENT);
    assert_string_equal(r.fault, "STOPPED");
    http_client_close(&c);
    peer_stop(&p);
}

/* ---- certificates ---- */
static pid_t run_openssl(char *const argv[], int output) {
    posix_spawn_file_actions_t files;
    pid_t pid;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", 0, 0);
    posix_spawn_file_actions_adddup2(&files, output, STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", 1, 0);
    assert_int_equal(posix_spawnp(&pid, "openssl", &files, NULL, argv, environ), 0);
    posix_spawn_file_actions_destroy(&files);
    return pid;
}

static void make_certificate(struct arena *a, const char *folder, const char *names) {
    char *key = arena_printf(a, "%s/key.pem", folder), *cert = arena_printf(a, "%s/cert.pem", folder);
    char *const argv[] = {
        "openssl", "req",   "-x509", "-newkey", "ec",       "-pkeyopt", "ec_paramgen_curve:prime256v1",
        "-nodes",  "-days", "2",     "-subj",   "/CN=test", "-addext",  arena_printf(a, "subjectAltName=%s", names),
        "-keyout", key,     "-out",  cert,      NULL};
    int status;
    assert_int_equal(waitpid(run_openssl(argv, STDERR_FILENO), &status, 0) > 0 ? status : -1, 0);
}

/* A TLS server of its own process on a free port. */
static pid_t start_tls(struct arena *a, const char *folder, int *port) {
    char *const argv[] = {"openssl",
                          "s_server",
                          "-accept",
                          "127.0.0.1:0",
                          "-www",
                          "-key",
                          arena_printf(a, "%s/key.pem", folder),
                          "-cert",
                          arena_printf(a, "%s/cert.pem", folder),
                          NULL};
    int ends[2];
    char line[256];
    assert_int_equal(pipe(ends), 0);
    pid_t pid = run_openssl(argv, ends[1]);
    close(ends[1]);
    FILE *said = fdopen(ends[0], "r");
    *port = 0;
    while (*port == 0 && fgets(line, sizeof line, said) != NULL)
        if (strncmp(line, "ACCEPT 127.0.0.1:", 17) == 0) *port = (int)strtol(line + 17, NULL, 10);
    fclose(said);
    return pid;
}

static struct http_reply ask_tls(struct arena *a, const char *names, bool trust) {
    char folder[] = "/tmp/http_client.XXXXXX";
    int port, status;
    assert_non_null(mkdtemp(folder));
    make_certificate(a, folder, names);
    pid_t server = start_tls(a, folder, &port);
    assert_int_not_equal(port, 0);
    struct http_client_conf tls = {.timeout_ms = 10000,
                                   .ca_file = trust ? arena_printf(a, "%s/cert.pem", folder) : NULL};
    struct http_client *c = http_client_open(&tls);
    struct http_reply r = ask(c, a, "GET", arena_printf(a, "https://127.0.0.1:%d/", port));
    http_client_close(&c);
    kill(server, SIGKILL);
    waitpid(server, &status, 0);
    unlink(arena_printf(a, "%s/key.pem", folder));
    unlink(arena_printf(a, "%s/cert.pem", folder));
    rmdir(folder);
    return r;
}

static void certificates_are_verified(void **state) {
    struct http_reply r = ask_tls(*state, "IP:127.0.0.1", false); /* issued by nobody we know */
    assert_int_equal(r.transport, HTTP_NOT_SENT);
    assert_string_equal(r.fault, "TLS");
    r = ask_tls(*state, "DNS:other.example", true); /* of somebody else */
    assert_int_equal(r.transport, HTTP_NOT_SENT);
    assert_string_equal(r.fault, "TLS");
    r = ask_tls(*state, "IP:127.0.0.1", true);
    assert_int_equal(r.transport, HTTP_ANSWERED);
    assert_int_equal(r.status, 200);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_answer),
        cmocka_unit_test(no_whole_answer),
        cmocka_unit_test(an_answer_of_just_the_limit),
        cmocka_unit_test(an_answer_in_pieces),
        cmocka_unit_test(redirects_are_not_followed),
        cmocka_unit_test(nothing_was_sent),
        cmocka_unit_test(a_handshake_without_answer),
        cmocka_unit_test(a_dead_connection_sends_twice),
        cmocka_unit_test(a_dead_connection_and_no_other),
        cmocka_unit_test(a_fresh_connection_sends_once),
        cmocka_unit_test(a_call_ends_at_shutdown),
        cmocka_unit_test(certificates_are_verified),
    };
    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, make_arena, drop_arena);
}
