#include "status.h"

static const struct {
    int http;
    const char *code, *ko, *en;
} table[ST_COUNT] = {
    [ST_OK] = {200, "OK", "정상 처리되었습니다.", "Done."},
    [ST_CREATED] = {201, "CREATED", "생성되었습니다.", "Created."},
    [ST_ACCEPTED] = {202, "ACCEPTED", "요청을 접수했습니다.", "Accepted; it is being processed."},
    [ST_NO_CONTENT] = {204, "NO_CONTENT", "정상 처리되었습니다.", "Done."},
    [ST_PARKED] = {500, "PARKED", "처리 중입니다.", "Still being processed."},
    [ST_DRAINING] = {503, "DRAINING", "서버를 교체하는 중입니다. 잠시 후 다시 시도해 주세요.",
                     "This server is shutting down. Please try again."},
    [ST_EXPIRED_CALL] = {503, "EXPIRED_CALL", "요청이 너무 늦게 도착했습니다. 다시 시도해 주세요.",
                         "The request arrived too late and was not executed. Please try again."},
    [ST_MALFORMED_JSON] = {400, "MALFORMED_JSON", "요청 본문이 올바른 JSON이 아닙니다.",
                           "The request body is not valid JSON."},
    [ST_SOLD_OUT] = {400, "SOLD_OUT", "재고 부족", "Sold out."},
    [ST_RESERVATION_FAILED] = {400, "RESERVATION_FAILED", "예약 실패", "The reservation failed."},
    [ST_SALE_NOT_OPEN] = {400, "SALE_NOT_OPEN", "아직 판매가 시작되지 않았습니다.", "The sale has not opened yet."},
    [ST_SALE_ENDED] = {400, "SALE_ENDED", "판매가 종료되었습니다.", "The sale has ended."},
    [ST_LIMIT_PER_ORDER] = {400, "LIMIT_PER_ORDER", "한 번에 주문할 수 있는 수량을 초과했습니다.",
                            "The order exceeds the number of tickets allowed per order."},
    [ST_LIMIT_PER_PHONE] = {400, "LIMIT_PER_PHONE", "한 전화번호로 구매할 수 있는 수량을 초과했습니다.",
                            "The order exceeds the number of tickets allowed per phone number."},
    [ST_AMOUNT_MISMATCH] = {400, "AMOUNT_MISMATCH", "결제 금액이 주문 금액과 일치하지 않습니다.",
                            "The amount does not match the order."},
    [ST_BAD_REQUEST] = {400, "BAD_REQUEST", "잘못된 요청입니다.", "The request is not valid."},
    [ST_UNAUTHENTICATED] = {401, "UNAUTHENTICATED", "로그인이 필요합니다.", "Please sign in."},
    [ST_FORBIDDEN] = {403, "FORBIDDEN", "권한이 없습니다.", "You are not allowed to do this."},
    [ST_TOKEN_REQUIRED] = {403, "TOKEN_REQUIRED", "주문 확인이 필요합니다. 주문번호와 전화번호로 다시 조회해 주세요.",
                           "This needs the order's token. Look the order up with its number and phone."},
    [ST_QUEUE_PASS_REQUIRED] = {403, "QUEUE_PASS_REQUIRED",
                                "대기열 입장권이 필요합니다. 대기실에서 순서를 기다려 주세요.",
                                "A waiting room pass is required."},
    [ST_PROOF_REQUIRED] = {403, "PROOF_REQUIRED", "자동 접속 방지 확인이 필요합니다.",
                           "A proof against automated access is required."},
    [ST_NOT_FOUND] = {404, "NOT_FOUND", "요청하신 정보를 찾을 수 없습니다.", "Not found."},
    [ST_METHOD_NOT_ALLOWED] = {405, "METHOD_NOT_ALLOWED", "허용되지 않는 요청 방식입니다.",
                               "This method is not allowed here."},
    [ST_IDEMPOTENCY_MISMATCH] = {409, "IDEMPOTENCY_MISMATCH", "같은 멱등키로 다른 내용의 요청이 이미 처리되었습니다.",
                                 "This idempotency key was already used with another request body."},
    [ST_INVALID_STATE] = {409, "INVALID_STATE", "현재 상태에서는 처리할 수 없습니다.",
                          "This is not possible in the current state."},
    [ST_ORDER_EXPIRED] = {409, "ORDER_EXPIRED", "주문 유효 시간이 지났습니다. 다시 주문해 주세요.",
                          "The order has expired. Please order again."},
    [ST_REFUND_CLOSED] = {409, "REFUND_CLOSED", "환불 가능 기간이 지났습니다.", "The refund period is over."},
    [ST_QUOTE_CHANGED] = {409, "QUOTE_CHANGED", "환불 금액이 변경되었습니다. 금액을 다시 확인해 주세요.",
                          "The refund amount has changed. Please check it again."},
    [ST_TOTAL_BELOW_SOLD] = {409, "TOTAL_BELOW_SOLD", "총 수량은 이미 예약되거나 판매된 수량보다 적을 수 없습니다.",
                             "The total cannot be lower than what is held and sold."},
    [ST_IN_USE] = {409, "IN_USE", "이미 사용 중입니다. 지우려는 경우에는 대신 비활성화해 주세요.",
                   "It is already in use. If you meant to delete it, deactivate it instead."},
    [ST_REQUEST_TIMEOUT] = {408, "REQUEST_TIMEOUT", "요청 수신 시간이 초과되었습니다.",
                            "The request took too long to arrive."},
    [ST_BODY_TOO_LARGE] = {413, "BODY_TOO_LARGE", "요청 본문이 너무 큽니다.", "The request body is too large."},
    [ST_UNSUPPORTED_MEDIA_TYPE] = {415, "UNSUPPORTED_MEDIA_TYPE", "지원하지 않는 콘텐츠 형식입니다.",
                                   "The content type is not supported."},
    [ST_VALIDATION_FAILED] = {422, "VALIDATION_FAILED", "입력값을 확인해 주세요.", "Please check the values entered."},
    [ST_ACCOUNT_LOCKED] = {423, "ACCOUNT_LOCKED", "시도 횟수를 초과하여 잠겼습니다. 나중에 다시 시도해 주세요.",
                           "Locked after too many attempts. Please try again later."},
    [ST_RATE_LIMITED] = {429, "RATE_LIMITED", "요청이 너무 많습니다. 잠시 후 다시 시도해 주세요.",
                         "Too many requests. Please try again later."},
    [ST_HEADERS_TOO_LARGE] = {431, "HEADERS_TOO_LARGE", "요청 헤더가 너무 큽니다.",
                              "The request headers are too large."},
    [ST_INTERNAL] = {500, "INTERNAL", "서버 내부 오류가 발생했습니다.", "An internal error occurred."},
    [ST_PAYMENT_PROVIDER_ERROR] = {502, "PAYMENT_PROVIDER_ERROR", "결제가 승인되지 않았습니다.",
                                   "The payment was not approved."},
    [ST_BUSY] = {503, "BUSY", "접속자가 많아 처리할 수 없습니다. 잠시 후 다시 시도해 주세요.",
                 "The service is busy. Please try again shortly."},
    [ST_OUTCOME_UNKNOWN] = {504, "OUTCOME_UNKNOWN",
                            "처리 결과를 아직 확인하지 못했습니다. 같은 요청을 다시 보내 주세요.",
                            "The outcome is not known yet. Repeat the request with the same key."},
};

/* A number from the wire may be anything: what is no status is an internal error. */
static enum status known(enum status s) { return (unsigned)s < ST_COUNT ? s : ST_INTERNAL; }

int status_http(enum status s) { return table[known(s)].http; }

const char *status_code(enum status s) { return table[known(s)].code; }

const char *status_detail(enum status s, enum lang lang) {
    return lang == LANG_EN ? table[known(s)].en : table[known(s)].ko;
}
