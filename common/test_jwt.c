#include <string.h>

#include "crypto.h"
#include "jwt.h"
#include "test_arena.h"

static const char secret[] = "0123456789abcdef0123456789abcdef";
enum { NOW_S = 1795349700 };
static const int64_t now = (int64_t)NOW_S * 1000;

static struct staff_claims claims(void) {
    return (struct staff_claims){
        .user_id = 42, .role = ROLE_MANAGER, .scope = "aaa,bbb", .session = "s-1", .expires_ms = now + 60000};
}

/* A token of any header and payload, signed as HS256 with the key. */
static const char *forge(struct arena *a, const char *key, const char *header, const char *payload) {
    char h[300], p[600], m[64];
    uint8_t mac[HMAC_LEN];
    base64url_encode(header, strlen(header), h);
    base64url_encode(payload, strlen(payload), p);
    const struct slice parts[] = {{h, strlen(h)}, {".", 1}, {p, strlen(p)}};
    struct hmac_key *k = hmac_key_new(key, strlen(key));
    hmac_sign(k, parts, 3, mac);
    hmac_key_free(&k);
    base64url_encode(mac, sizeof mac, m);
    return arena_printf(a, "%s.%s.%s", h, p, m);
}

static const char good_header[] = "{\"alg\":\"HS256\",\"typ\":\"JWT\"}";
#define PAYLOAD(role, sub, exp, iss)                                                                                   \
    "{\"exp\":" exp ",\"iss\":\"" iss "\",\"role\":\"" role "\",\"scope\":\"*\",\"sid\":\"\",\"sub\":" sub "}"
static const char good_payload[] = PAYLOAD("staff", "\"7\"", "1795349760", "exhibition");

static void round_trip(void **state) {
    struct staff_claims in = claims(), out;
    const char *token = jwt_make(*state, secret, &in);
    assert_non_null(token);
    assert_int_equal(jwt_check(*state, secret, ROLES_ALL_STAFF, token, now, &out), 0);
    assert_int_equal(out.user_id, 42);
    assert_int_equal(out.role, ROLE_MANAGER);
    assert_string_equal(out.scope, "aaa,bbb");
    assert_string_equal(out.session, "s-1");
    assert_int_equal(out.expires_ms, now + 60000);
    in.session = "";
    in.scope = "*";
    assert_int_equal(jwt_check(*state, secret, ROLES_ALL_STAFF, jwt_make(*state, secret, &in), now, &out), 0);
    assert_string_equal(out.session, "");
}

static void expires(void **state) {
    struct staff_claims in = claims(), out;
    const char *token = jwt_make(*state, secret, &in);
    assert_int_equal(jwt_check(*state, secret, ROLES_ALL_STAFF, token, in.expires_ms - 1, &out), 0);
    assert_int_equal(jwt_check(*state, secret, ROLES_ALL_STAFF, token, in.expires_ms, &out), -1);
    assert_int_equal(out.user_id, 0); /* nothing of a refused token is handed out */
    assert_null(out.scope);
}

static void wrong_key(void **state) {
    struct staff_claims in = claims(), out;
    const char *token = jwt_make(*state, secret, &in);
    assert_int_equal(jwt_check(*state, "0123456789abcdef0123456789abcdeg", ROLES_ALL_STAFF, token, now, &out), -1);
    assert_int_equal(jwt_check(*state, "0", ROLES_ALL_STAFF, token, now, &out), -1);
    assert_int_equal(jwt_check(*state, "", ROLES_ALL_STAFF, token, now, &out), -1);
    assert_null(jwt_make(*state, "", &in));
}

static void every_changed_character(void **state) {
    struct staff_claims in = claims(), out;
    const char *token = jwt_make(*state, secret, &in);
    for (size_t i = 0; i < strlen(token) - 1; i++) {
        char *other = arena_strdup(*state, token);
        other[i] = other[i] == 'A' ? 'B' : 'A';
        assert_int_equal(jwt_check(*state, secret, ROLES_ALL_STAFF, other, now, &out), -1);
    }
}

static void the_forger_works(void **state) {
    struct staff_claims out;
    const char *token = forge(*state, secret, good_header, good_payload);
    assert_int_equal(jwt_check(*state, secret, ROLES_ALL_STAFF, token, now, &out), 0);
    assert_int_equal(out.user_id, 7);
}

static void other_algorithms(void **state) {
    static const char *const headers[] = {
        "{\"alg\":\"none\",\"typ\":\"JWT\"}",
        "{\"alg\":\"NONE\",\"typ\":\"JWT\"}",
        "{\"alg\":\"HS512\",\"typ\":\"JWT\"}",
        "{\"alg\":\"HS384\",\"typ\":\"JWT\"}",
        "{\"alg\":\"RS256\",\"typ\":\"JWT\"}",
        "{\"alg\":\"\",\"typ\":\"JWT\"}",
        "{\"typ\":\"JWT\"}",
    };
    struct staff_claims out;
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
        char *token = arena_strdup(*state, forge(*state, secret, headers[i], good_payload));
        if (jwt_check(*state, secret, ROLES_ALL_STAFF, token, now, &out) != -1) fail_msg("accepted: %s", headers[i]);
        strrchr(token, '.')[1] = '\0'; /* without a signature */
        if (jwt_check(*state, secret, ROLES_ALL_STAFF, token, now, &out) != -1)
            fail_msg("accepted unsigned: %s", headers[i]);
    }
    /* Truly signed with HS512 and our key. */
    static const char hs512[] =
        "eyJhbGciOiJIUzUxMiIsInR5cCI6IkpXVCJ9."
        "eyJleHAiOjE3OTUzNDk3NjAsImlzcyI6ImV4aGliaXRpb24iLCJyb2xlIjoic3RhZmYiLCJzY29wZSI6IioiLCJzaWQiOiIiLCJzdWIiOiI3In"
        "0."
        "ia9PEQ8UrIUTe5yYJoitxI0Nk57uhxGVYon9Je4Zfek24ECVkIzvqeTVSUta6Ayia3z9Jn_5vYIyzgfGEmt8tA";
    assert_int_equal(jwt_check(*state, secret, ROLES_ALL_STAFF, hs512, now, &out), -1);
}

static void claims_that_are_not_ours(void **state) {
    static const char *const payloads[] = {
        PAYLOAD("staff", "\"7\"", "1795349760", "elsewhere"),
        PAYLOAD("visitor", "\"7\"", "1795349760", "exhibition"),
        PAYLOAD("service", "\"7\"", "1795349760", "exhibition"),
        PAYLOAD("root", "\"7\"", "1795349760", "exhibition"),
        PAYLOAD("staff", "7", "1795349760", "exhibition"),
        PAYLOAD("staff", "\"0\"", "1795349760", "exhibition"),
        PAYLOAD("staff", "\"-7\"", "1795349760", "exhibition"),
        PAYLOAD("staff", "\"7x\"", "1795349760", "exhibition"),
        PAYLOAD("staff", "\"99999999999999999999\"", "1795349760", "exhibition"),
        PAYLOAD("staff", "\"\"", "1795349760", "exhibition"),
        PAYLOAD("staff", "\"7\"", "\"1795349760\"", "exhibition"),
        PAYLOAD("staff", "\"7\"", "0", "exhibition"),
        PAYLOAD("staff", "\"7\"", "9223372036854775807", "exhibition"),
        PAYLOAD("staff", "\"7\"", "1795349700", "exhibition"),
        "{\"iss\":\"exhibition\",\"role\":\"staff\",\"scope\":\"*\",\"sid\":\"\",\"sub\":\"7\"}",
        "{\"exp\":1795349760,\"iss\":\"exhibition\",\"role\":\"staff\",\"sid\":\"\",\"sub\":\"7\"}",
        "{\"exp\":1795349760,\"iss\":\"exhibition\",\"role\":\"staff\",\"scope\":\"*\",\"sub\":\"7\"}",
        "{\"exp\":1795349760,\"role\":\"staff\",\"scope\":\"*\",\"sid\":\"\",\"sub\":\"7\"}",
        "{}",
        "[]",
        "null",
        "",
        "not json",
    };
    struct staff_claims out;
    for (size_t i = 0; i < sizeof payloads / sizeof *payloads; i++)
        if (jwt_check(*state, secret, ROLES_ALL_STAFF, forge(*state, secret, good_header, payloads[i]), now, &out) !=
            -1)
            fail_msg("accepted: %s", payloads[i]);
}

static void a_key_vouches_for_its_own_roles_only(void **state) {
    struct staff_claims in = claims(), out;
    const char *staff = jwt_make(*state, secret, &in);
    in.role = ROLE_DEVICE;
    const char *device = jwt_make(*state, secret, &in);
    assert_int_equal(jwt_check(*state, secret, ROLE_DEVICE, device, now, &out), 0);
    assert_int_equal(out.role, ROLE_DEVICE);
    assert_int_equal(jwt_check(*state, secret, ROLES_ALL_STAFF, device, now, &out), -1);
    assert_int_equal(jwt_check(*state, secret, ROLE_DEVICE, staff, now, &out), -1);
}

static void shapes(void **state) {
    static const char *const bad[] = {"", ".", "..", "...", "a.b.c", "eyJhbGciOiJIUzI1NiJ9", "Bearer x", "한.글.자"};
    struct staff_claims out;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(jwt_check(*state, secret, ROLES_ALL_STAFF, bad[i], now, &out), -1);
    const char *token = forge(*state, secret, good_header, good_payload);
    assert_int_equal(jwt_check(*state, secret, ROLES_ALL_STAFF, arena_printf(*state, "%s.x", token), now, &out), -1);
    assert_int_equal(jwt_check(*state, secret, ROLES_ALL_STAFF, arena_printf(*state, "x.%s", token), now, &out), -1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(round_trip),
        cmocka_unit_test(expires),
        cmocka_unit_test(wrong_key),
        cmocka_unit_test(every_changed_character),
        cmocka_unit_test(the_forger_works),
        cmocka_unit_test(other_algorithms),
        cmocka_unit_test(claims_that_are_not_ours),
        cmocka_unit_test(a_key_vouches_for_its_own_roles_only),
        cmocka_unit_test(shapes),
    };
    return cmocka_run_group_tests(tests, make_arena, drop_arena);
}
