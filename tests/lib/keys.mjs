// The secrets of a stack.
export const SECRET_KEY = 'secret-of-the-staff-tokens-0123456789abcdef';
export const ORDER_TOKEN_KEY = 'secret-of-the-order-tokens-0123456789abcdef';
export const DEVICE_TOKEN_KEY = 'secret-of-the-device-tokens-0123456789abcdef';
export const busKey = (service) => `bus-key-of-${service}-0123456789abcdef0123`;
export const PAYMENT_ACCOUNT_KEY = 'secret-of-the-refund-accounts-0123456789abcdef';
export const ENTRANCE_KEY = 'secret-of-the-signing-keys-0123456789abcdef';
export const TOSS_SECRET_KEY = 'test_sk_0123456789abcdef0123456789ab';
export const TOSS_CLIENT_KEY = 'test_ck_0123456789abcdef0123456789ab';
export const ALIMTALK_APP_KEY = 'appkey-0123456789abcdef';
export const ALIMTALK_SECRET_KEY = 'secret-of-the-alimtalk-account-0123456789abcdef';
export const KAKAO_SENDER_KEY = '0123456789abcdef0123456789abcdef01234567';
export const ADMIN_KEY = 'secret-of-the-refresh-tokens-0123456789abcdef';
export const ADMIN_PASSWORD = 'first-password-of-admin';
