/* sheet - the formats, and the titles of columns. */
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
    {"visit_date", "관람일", "Visit date"},
    {"visit_time", "관람 시간", "Visit time"},
    {"created_at", "주문 일시", "Ordered at"},
    {"customer_name", "주문자", "Name"},
    {"customer_phone", "연락처", "Phone"},
    {"entrance_time", "입장 일시", "Entered at"},
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
