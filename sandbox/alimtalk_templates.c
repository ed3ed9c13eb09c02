/* alimtalk_templates - see alimtalk_templates.h. Texts as they stand in the shop's table of templates. */
#include "alimtalk_templates.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

const char *const template_state_names[TEMPLATE_STATE_COUNT] = {
    [TEMPLATE_APPROVED] = "approved", [TEMPLATE_REQUESTED] = "requested", [TEMPLATE_REJECTED] = "rejected",
    [TEMPLATE_DORMANT] = "dormant",   [TEMPLATE_BLOCKED] = "blocked",     [TEMPLATE_CHANGED] = "changed",
    [TEMPLATE_MISSING] = "missing",
};

#define TICKET_LINK "#{주소}/ticket/#o=#{예매번호}&t=#{토큰}"
#define ORDERS_LINK "#{주소}/orders/"
/* A template, and the same after somebody has added a line to it. */
#define APPROVED(code, name, text, button, link)                                                                       \
    { code, name, text, text "\n문의: #{문의처}", button, link }

/* clang-format off */
const struct approved_template approved_templates[] = {
    APPROVED("TICKET_DEPOSIT", "입금 안내",
        "[입금 안내]\n"
        "#{이름}님, 예매가 접수되었습니다. 아래 계좌로 입금하시면 예매가 완료됩니다.\n\n"
        "- 전시: #{전시명}\n"
        "- 예매번호: #{예매번호}\n"
        "- 입금 금액: #{입금금액}\n"
        "- 입금 계좌: #{은행} #{계좌번호}\n"
        "- 예금주: #{예금주}\n"
        "- 입금 기한: #{입금기한}\n\n"
        "기한까지 입금되지 않으면 예매는 자동으로 취소됩니다.",
        "예매 확인", ORDERS_LINK),
    APPROVED("TICKET_DEPOSIT_DUE", "입금 기한 안내",
        "[입금 기한 안내]\n"
        "#{이름}님, 예매하신 전시의 입금 기한이 다가왔습니다.\n\n"
        "- 전시: #{전시명}\n"
        "- 예매번호: #{예매번호}\n"
        "- 입금 금액: #{입금금액}\n"
        "- 입금 계좌: #{은행} #{계좌번호}\n"
        "- 예금주: #{예금주}\n"
        "- 입금 기한: #{입금기한}\n\n"
        "기한까지 입금되지 않으면 예매는 자동으로 취소됩니다.",
        "예매 확인", ORDERS_LINK),
    APPROVED("TICKET_PAID", "예매 완료",
        "[예매 완료]\n"
        "#{이름}님, 예매가 완료되었습니다.\n\n"
        "- 전시: #{전시명}\n"
        "- 장소: #{장소}\n"
        "- 관람일시: #{관람일시}\n"
        "- 매수: #{매수}\n"
        "- 결제 금액: #{결제금액}\n"
        "- 예매번호: #{예매번호}\n\n"
        "아래 버튼으로 입장권(QR)을 열어 입장할 때 보여 주세요.",
        "입장권 보기", TICKET_LINK),
    APPROVED("TICKET_CANCELLED", "취소 접수",
        "[취소 접수]\n"
        "#{이름}님, 예매 취소가 접수되었습니다.\n\n"
        "- 전시: #{전시명}\n"
        "- 예매번호: #{예매번호}\n"
        "- 취소 매수: #{매수}\n"
        "- 환불 금액: #{환불금액}\n"
        "- 취소 수수료: #{수수료}\n\n"
        "환불이 완료되면 다시 알려 드립니다.",
        "취소 내역 보기", ORDERS_LINK),
    APPROVED("TICKET_REFUNDED", "환불 완료",
        "[환불 완료]\n"
        "#{이름}님, 환불이 완료되었습니다.\n\n"
        "- 전시: #{전시명}\n"
        "- 예매번호: #{예매번호}\n"
        "- 환불 금액: #{환불금액}\n\n"
        "카드 결제의 취소 내역은 카드사에 따라 며칠 뒤에 보일 수 있습니다.",
        "취소 내역 보기", ORDERS_LINK),
    APPROVED("TICKET_REFUND_ACCT", "환불 계좌 확인",
        "[환불 계좌 확인]\n"
        "#{이름}님, 환불받으실 계좌를 확인하지 못해 환불이 멈춰 있습니다.\n\n"
        "- 전시: #{전시명}\n"
        "- 예매번호: #{예매번호}\n"
        "- 환불 금액: #{환불금액}\n\n"
        "아래 버튼으로 예매를 조회하여 환불받으실 계좌를 입력해 주세요.",
        "환불 계좌 입력", ORDERS_LINK),
    APPROVED("TICKET_REFUND_NO", "취소 불가 안내",
        "[취소 불가 안내]\n"
        "#{이름}님, 요청하신 예매 취소를 처리하지 못했습니다.\n\n"
        "- 전시: #{전시명}\n"
        "- 예매번호: #{예매번호}\n"
        "- 취소 요청 매수: #{매수}\n\n"
        "환불은 진행되지 않았으며, 취소되지 않은 입장권은 그대로 사용하실 수 있습니다. 현재 상태는 아래 버튼으로 확인해 주세요.",
        "예매 확인", ORDERS_LINK),
    APPROVED("TICKET_REMINDER", "관람 안내",
        "[관람 안내]\n"
        "#{이름}님, 내일은 예매하신 전시를 관람하시는 날입니다.\n\n"
        "- 전시: #{전시명}\n"
        "- 장소: #{장소}\n"
        "- 관람일시: #{관람일시}\n"
        "- 매수: #{매수}\n"
        "- 예매번호: #{예매번호}\n\n"
        "아래 버튼으로 입장권(QR)을 열어 입장할 때 보여 주세요.",
        "입장권 보기", TICKET_LINK),
    APPROVED("TICKET_NOTICE", "운영 안내",
        "[운영 안내]\n"
        "예매하신 전시의 운영 안내입니다.\n\n"
        "- 전시: #{전시명}\n"
        "- 안내: #{안내내용}",
        NULL, NULL),
};
/* clang-format on */
const size_t approved_count = sizeof approved_templates / sizeof *approved_templates;

struct templates {
    pthread_mutex_t lock;
    const char *scheme;
    enum template_state state[sizeof approved_templates / sizeof *approved_templates];
};

struct templates *templates_open(const char *shop_url) {
    struct templates *t = calloc(1, sizeof *t);
    if (t == NULL) return NULL;
    pthread_mutex_init(&t->lock, NULL);
    t->scheme = strncmp(shop_url, "http://", strlen("http://")) == 0 ? "http://" : "https://";
    return t;
}

void templates_close(struct templates **t) {
    if (*t == NULL) return;
    pthread_mutex_destroy(&(*t)->lock);
    free(*t);
    *t = NULL;
}

static void set_state(struct templates *t, size_t i, enum template_state state) {
    pthread_mutex_lock(&t->lock);
    t->state[i] = state;
    pthread_mutex_unlock(&t->lock);
}

void templates_reset(struct templates *t) {
    for (size_t i = 0; i < approved_count; i++) set_state(t, i, TEMPLATE_APPROVED);
}

static size_t index_of(const char *code) {
    size_t i = 0;
    while (i < approved_count && strcmp(approved_templates[i].code, code) != 0) i++;
    return i;
}

bool templates_switch(struct templates *t, const char *code, const char *state) {
    size_t i = index_of(code), s = 0;
    while (s < TEMPLATE_STATE_COUNT && strcmp(template_state_names[s], state) != 0) s++;
    if (i == approved_count || s == TEMPLATE_STATE_COUNT) return false;
    set_state(t, i, (enum template_state)s);
    return true;
}

struct template_view templates_at(struct templates *t, size_t i) {
    const struct approved_template *a = &approved_templates[i];
    pthread_mutex_lock(&t->lock);
    enum template_state state = t->state[i];
    pthread_mutex_unlock(&t->lock);
    return (struct template_view){
        .approved = a, .state = state, .text = state == TEMPLATE_CHANGED ? a->changed : a->text, .scheme = t->scheme};
}

bool templates_find(struct templates *t, const char *code, struct template_view *view) {
    size_t i = index_of(code);
    if (i == approved_count) return false;
    *view = templates_at(t, i);
    return view->state != TEMPLATE_MISSING;
}
