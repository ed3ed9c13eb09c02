/* The approved texts. What stands here must stand in the provider's console, blank by blank: a changed word is a new approval.
 * Links begin with the scheme of PUBLIC_URL (template_scheme); in production that is https. */
#include "template.h"

#define NAME                                                                                                           \
    { "이름", 20 }
#define EXHIBITION                                                                                                     \
    { "전시명", 60 }
#define VENUE                                                                                                          \
    { "장소", 60 }
#define WHEN                                                                                                           \
    { "관람일시", 40 }
#define COUNT                                                                                                          \
    { "매수", 8 }
#define ORDER                                                                                                          \
    { "예매번호", 50 }
#define WON(name)                                                                                                      \
    { name, 20 }
#define SITE                                                                                                           \
    { "주소", 100 }
#define TOKEN                                                                                                          \
    { "토큰", 40 }

#define TICKET_LINK "https://#{주소}/ticket/#o=#{예매번호}&t=#{토큰}"
#define ORDERS_LINK "https://#{주소}/orders/"

/* clang-format off */
const struct template templates[] = {
    {
        .key = "deposit", .code = "TICKET_DEPOSIT", .priority = PRIORITY_TICKET,
        .text = "[입금 안내]\n"
                "#{이름}님, 예매가 접수되었습니다. 아래 계좌로 입금하시면 예매가 완료됩니다.\n\n"
                "- 전시: #{전시명}\n"
                "- 예매번호: #{예매번호}\n"
                "- 입금 금액: #{입금금액}\n"
                "- 입금 계좌: #{은행} #{계좌번호}\n"
                "- 예금주: #{예금주}\n"
                "- 입금 기한: #{입금기한}\n\n"
                "기한까지 입금되지 않으면 예매는 자동으로 취소됩니다.",
        .button = "예매 확인", .link = ORDERS_LINK,
        .fallback_title = "입금 안내",
        .fallback = "#{이름}님, 예매가 접수되었습니다.\n"
                    "#{전시명}\n"
                    "예매번호 #{예매번호}\n"
                    "#{은행} #{계좌번호} (#{예금주})\n"
                    "#{입금금액}, #{입금기한}까지 입금해 주세요.\n"
                    ORDERS_LINK,
        .vars = {NAME, EXHIBITION, ORDER, WON("입금금액"), {"은행", 20}, {"계좌번호", 30}, {"예금주", 30}, {"입금기한", 40}, SITE},
        .n_vars = 9,
    },
    {
        .key = "deposit_due", .code = "TICKET_DEPOSIT_DUE", .priority = PRIORITY_TICKET,
        .text = "[입금 기한 안내]\n"
                "#{이름}님, 예매하신 전시의 입금 기한이 다가왔습니다.\n\n"
                "- 전시: #{전시명}\n"
                "- 예매번호: #{예매번호}\n"
                "- 입금 금액: #{입금금액}\n"
                "- 입금 계좌: #{은행} #{계좌번호}\n"
                "- 예금주: #{예금주}\n"
                "- 입금 기한: #{입금기한}\n\n"
                "기한까지 입금되지 않으면 예매는 자동으로 취소됩니다.",
        .button = "예매 확인", .link = ORDERS_LINK,
        .fallback_title = "입금 기한 안내",
        .fallback = "#{이름}님, 입금 기한이 다가왔습니다.\n"
                    "#{전시명}\n"
                    "예매번호 #{예매번호}\n"
                    "#{은행} #{계좌번호} (#{예금주})\n"
                    "#{입금금액}, #{입금기한}까지 입금해 주세요.\n"
                    ORDERS_LINK,
        .vars = {NAME, EXHIBITION, ORDER, WON("입금금액"), {"은행", 20}, {"계좌번호", 30}, {"예금주", 30}, {"입금기한", 40}, SITE},
        .n_vars = 9,
    },
    {
        .key = "paid", .code = "TICKET_PAID", .priority = PRIORITY_TICKET,
        .text = "[예매 완료]\n"
                "#{이름}님, 예매가 완료되었습니다.\n\n"
                "- 전시: #{전시명}\n"
                "- 장소: #{장소}\n"
                "- 관람일시: #{관람일시}\n"
                "- 매수: #{매수}\n"
                "- 결제 금액: #{결제금액}\n"
                "- 예매번호: #{예매번호}\n\n"
                "아래 버튼으로 입장권(QR)을 열어 입장할 때 보여 주세요.",
        .button = "입장권 보기", .link = TICKET_LINK,
        .fallback_title = "예매 완료",
        .fallback = "#{이름}님, 예매가 완료되었습니다.\n"
                    "#{전시명}\n"
                    "#{장소}\n"
                    "#{관람일시}, #{매수}, #{결제금액}\n"
                    "예매번호 #{예매번호}\n"
                    "입장권: " TICKET_LINK,
        .vars = {NAME, EXHIBITION, VENUE, WHEN, COUNT, WON("결제금액"), ORDER, SITE, TOKEN},
        .n_vars = 9,
    },
    {
        .key = "cancelled", .code = "TICKET_CANCELLED", .priority = PRIORITY_REFUND,
        .text = "[취소 접수]\n"
                "#{이름}님, 예매 취소가 접수되었습니다.\n\n"
                "- 전시: #{전시명}\n"
                "- 예매번호: #{예매번호}\n"
                "- 취소 매수: #{매수}\n"
                "- 환불 금액: #{환불금액}\n"
                "- 취소 수수료: #{수수료}\n\n"
                "환불이 완료되면 다시 알려 드립니다.",
        .button = "취소 내역 보기", .link = ORDERS_LINK,
        .fallback_title = "취소 접수",
        .fallback = "#{이름}님, 예매 취소가 접수되었습니다.\n"
                    "#{전시명}\n"
                    "예매번호 #{예매번호}, #{매수}\n"
                    "환불 금액 #{환불금액}, 수수료 #{수수료}\n"
                    "환불이 완료되면 다시 알려 드립니다.\n"
                    ORDERS_LINK,
        .vars = {NAME, EXHIBITION, ORDER, COUNT, WON("환불금액"), WON("수수료"), SITE},
        .n_vars = 7,
    },
    {
        .key = "refunded", .code = "TICKET_REFUNDED", .priority = PRIORITY_REFUND,
        .text = "[환불 완료]\n"
                "#{이름}님, 환불이 완료되었습니다.\n\n"
                "- 전시: #{전시명}\n"
                "- 예매번호: #{예매번호}\n"
                "- 환불 금액: #{환불금액}\n\n"
                "카드 결제의 취소 내역은 카드사에 따라 며칠 뒤에 보일 수 있습니다.",
        .button = "취소 내역 보기", .link = ORDERS_LINK,
        .fallback_title = "환불 완료",
        .fallback = "#{이름}님, 환불이 완료되었습니다.\n"
                    "#{전시명}\n"
                    "예매번호 #{예매번호}\n"
                    "환불 금액 #{환불금액}\n"
                    ORDERS_LINK,
        .vars = {NAME, EXHIBITION, ORDER, WON("환불금액"), SITE},
        .n_vars = 5,
    },
    {
        .key = "refund_account", .code = "TICKET_REFUND_ACCT", .priority = PRIORITY_REFUND,
        .text = "[환불 계좌 확인]\n"
                "#{이름}님, 환불받으실 계좌를 확인하지 못해 환불이 멈춰 있습니다.\n\n"
                "- 전시: #{전시명}\n"
                "- 예매번호: #{예매번호}\n"
                "- 환불 금액: #{환불금액}\n\n"
                "아래 버튼으로 예매를 조회하여 환불받으실 계좌를 입력해 주세요.",
        .button = "환불 계좌 입력", .link = ORDERS_LINK,
        .fallback_title = "환불 계좌 확인",
        .fallback = "#{이름}님, 환불받으실 계좌를 확인하지 못해 환불이 멈춰 있습니다.\n"
                    "#{전시명}\n"
                    "예매번호 #{예매번호}\n"
                    "환불 금액 #{환불금액}\n"
                    "예매를 조회하여 계좌를 입력해 주세요: " ORDERS_LINK,
        .vars = {NAME, EXHIBITION, ORDER, WON("환불금액"), SITE},
        .n_vars = 5,
    },
    {
        .key = "refund_refused", .code = "TICKET_REFUND_NO", .priority = PRIORITY_REFUND,
        .text = "[취소 불가 안내]\n"
                "#{이름}님, 요청하신 예매 취소를 처리하지 못했습니다.\n\n"
                "- 전시: #{전시명}\n"
                "- 예매번호: #{예매번호}\n"
                "- 취소 요청 매수: #{매수}\n\n"
                "환불은 진행되지 않았으며, 취소되지 않은 입장권은 그대로 사용하실 수 있습니다. 현재 상태는 아래 버튼으로 확인해 주세요.",
        .button = "예매 확인", .link = ORDERS_LINK,
        .fallback_title = "취소 불가 안내",
        .fallback = "#{이름}님, 요청하신 예매 취소를 처리하지 못했습니다.\n"
                    "#{전시명}\n"
                    "예매번호 #{예매번호}, #{매수}\n"
                    "환불은 진행되지 않았으며, 취소되지 않은 입장권은 그대로 사용하실 수 있습니다.\n"
                    ORDERS_LINK,
        .vars = {NAME, EXHIBITION, ORDER, COUNT, SITE},
        .n_vars = 5,
    },
    {
        .key = "reminder", .code = "TICKET_REMINDER", .priority = PRIORITY_REMINDER,
        .text = "[관람 안내]\n"
                "#{이름}님, 내일은 예매하신 전시를 관람하시는 날입니다.\n\n"
                "- 전시: #{전시명}\n"
                "- 장소: #{장소}\n"
                "- 관람일시: #{관람일시}\n"
                "- 매수: #{매수}\n"
                "- 예매번호: #{예매번호}\n\n"
                "아래 버튼으로 입장권(QR)을 열어 입장할 때 보여 주세요.",
        .button = "입장권 보기", .link = TICKET_LINK,
        .fallback_title = "관람 안내",
        .fallback = "#{이름}님, 내일은 관람일입니다.\n"
                    "#{전시명}\n"
                    "#{장소}\n"
                    "#{관람일시}, #{매수}\n"
                    "예매번호 #{예매번호}\n"
                    "입장권: " TICKET_LINK,
        .vars = {NAME, EXHIBITION, VENUE, WHEN, COUNT, ORDER, SITE, TOKEN},
        .n_vars = 8,
    },
    {
        .key = "notice", .code = "TICKET_NOTICE", .priority = PRIORITY_BULK,
        .text = "[운영 안내]\n"
                "예매하신 전시의 운영 안내입니다.\n\n"
                "- 전시: #{전시명}\n"
                "- 안내: #{안내내용}",
        .fallback_title = "운영 안내",
        .fallback = "#{전시명} 운영 안내\n#{안내내용}",
        .vars = {EXHIBITION, {"안내내용", 500}},
        .n_vars = 2,
    },
};
/* clang-format on */
const size_t template_count = sizeof templates / sizeof *templates;
