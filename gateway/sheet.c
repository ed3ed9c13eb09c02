/* sheet - the formats, the titles of columns, and words for the codes in them. */
#include "sheet.h"
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

static const struct sheet_kind *const kinds[] = {&sheet_csv, &sheet_xlsx};

static const struct {
    const char *column, *ko, *en;
} titles[] = {
    {"order_number", "주문번호", "Order number"},
    {"exhibition_code", "전시 코드", "Exhibition"},
    {"status", "주문 상태", "Status"},
    {"payment_status", "결제 상태", "Payment status"},
    {"payment_method", "결제 수단", "Payment method"},
    {"total_amount", "주문 금액", "Amount"},
    {"items", "주문 내역", "Items"},
    {"tickets", "매수", "Tickets"},
    {"tickets_left", "남은 매수", "Tickets left"},
    {"amount_left", "남은 매수 금액", "Price of tickets left"},
    {"refunded_amount", "환불 금액", "Refunded"},
    {"visit_date", "관람일", "Visit date"},
    {"visit_time", "관람 시간", "Visit time"},
    {"created_at", "주문 일시", "Ordered at"},
    {"customer_name", "주문자", "Name"},
    {"customer_phone", "연락처", "Phone"},
    {"entrance_time", "입장 일시", "Entered at"},
};

static const struct sheet_words {
    const char *column;
    struct {
        const char *code, *ko, *en;
    } word[8];
} words[] = {
    {"status",
     {{"reserved", "예약", "Reserved"},
      {"paying", "결제 중", "Paying"},
      {"awaiting_deposit", "입금 대기", "Awaiting deposit"},
      {"paid", "결제 완료", "Paid"},
      {"partially_cancelled", "부분 취소", "Partially cancelled"},
      {"cancelled", "취소", "Cancelled"},
      {"expired", "기한 만료", "Expired"}}},
    {"payment_status",
     {{"pending", "결제 전", "Not paid"},
      {"paying", "결제 중", "Paying"},
      {"waiting_for_deposit", "입금 대기", "Awaiting deposit"},
      {"paid", "결제 완료", "Paid"},
      {"failed", "결제 실패", "Failed"},
      {"refunding", "환불 중", "Refunding"},
      {"partially_refunded", "부분 환불", "Partially refunded"},
      {"refunded", "환불 완료", "Refunded"}}},
    {"payment_method",
     {{"card", "카드", "Card"},
      {"transfer", "계좌이체", "Bank transfer"},
      {"virtual_account", "가상계좌", "Virtual account"},
      {"easy_pay", "간편결제", "Easy pay"},
      {"mobile_phone", "휴대폰", "Mobile phone"},
      {"gift_certificate", "상품권", "Gift certificate"},
      {"other", "기타", "Other"}}},
};

const struct sheet_kind *sheet_find(const char *format) {
    for (size_t i = 0; i < COUNT(kinds); i++)
        if (strcmp(kinds[i]->format, format) == 0) return kinds[i];
    return NULL;
}

const char *sheet_title(const char *column, enum lang lang) {
    for (size_t i = 0; i < COUNT(titles); i++)
        if (strcmp(titles[i].column, column) == 0) return lang == LANG_EN ? titles[i].en : titles[i].ko;
    return column;
}

const struct sheet_words *sheet_words(const char *column) {
    for (size_t i = 0; i < COUNT(words); i++)
        if (strcmp(words[i].column, column) == 0) return &words[i];
    return NULL;
}

const char *sheet_word(const struct sheet_words *of, const char *code, enum lang lang) {
    for (size_t i = 0; i < COUNT(of->word) && of->word[i].code != NULL; i++)
        if (strcmp(of->word[i].code, code) == 0) return lang == LANG_EN ? of->word[i].en : of->word[i].ko;
    return code;
}
