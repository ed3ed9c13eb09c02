/* Bodies and headers for Kakao i, byte for byte. */
#include "test_provider.h"

#include "kakaoi_request.h"

static void a_send(void **state) {
    struct provider_conf conf = test_conf;
    struct outgoing m = ticket("OWN", "OWN-1");
    assert_string_equal(kakaoi_send_body(*state, &conf, &m),
                        "{\"message_type\":\"AT\",\"sender_key\":\"" SENDER_KEY
                        "\",\"cid\":\"OWN\",\"template_code\":\"TICKET_PAID\","
                        "\"phone_number\":\"01012345678\",\"sender_no\":\"0212345678\","
                        "\"message\":\"홍길동님, \\\"빛의 정원\\\" 예매\\nORD20260301001\","
                        "\"button\":[{\"name\":\"입장권 보기\",\"type\":\"WL\","
                        "\"url_mobile\":\"https://shop.example/ticket/#o=ORD20260301001\"}],"
                        "\"fall_back_yn\":true,\"fall_back_message_type\":\"LM\",\"fall_back_title\":\"예매 완료\","
                        "\"fall_back_message\":\"빛의 정원 !\"}");
}

static void a_send_without_button_and_fallback(void **state) {
    struct provider_conf conf = test_conf;
    struct outgoing m = ticket("OWN", "OWN-1");
    struct template bare = ticket_paid;
    bare.button = bare.link = NULL;
    m.template = &bare;
    m.fallback = NULL;
    const char *body = kakaoi_send_body(*state, &conf, &m);
    assert_null(strstr(body, "button"));
    assert_non_null(strstr(body, "ORD20260301001\",\"fall_back_yn\":false}"));
}

static void a_link_that_cannot_be_filled(void **state) {
    struct provider_conf conf = test_conf;
    struct outgoing m = ticket("OWN", "OWN-1");
    const char *const values[] = {"a", "b", "#{x}", "d"};
    m.values = values;
    assert_null(kakaoi_send_body(*state, &conf, &m));
}

static void search_and_complete(void **state) {
    struct outgoing m = ticket("OWN\"1", "OWN-1");
    assert_string_equal(kakaoi_search_body(*state, &m), "{\"cid\":\"OWN\\\"1\"}");
    assert_string_equal(kakaoi_complete_path(*state, "12/.."), "/v2/info/message/results/complete/12%2F..");
}

/* The vendor's page has two bare words; some contracts want what the standard says. */
static void credentials(void **state) {
    struct provider_conf conf = test_conf;
    assert_string_equal(kakaoi_basic(*state, &conf), "Authorization: Basic APP/KEY the-secret");
    conf.basic_base64 = true;
    assert_string_equal(kakaoi_basic(*state, &conf), "Authorization: Basic QVBQL0tFWTp0aGUtc2VjcmV0");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_send),
        cmocka_unit_test(a_send_without_button_and_fallback),
        cmocka_unit_test(a_link_that_cannot_be_filled),
        cmocka_unit_test(search_and_complete),
        cmocka_unit_test(credentials),
    };
    return cmocka_run_group_tests(tests, make_arena, drop_arena);
}
