// The secrets of a stack.
export const SECRET_KEY = 'secret-of-the-staff-tokens-0123456789abcdef';
export const ORDER_TOKEN_KEY = 'secret-of-the-order-tokens-0123456789abcdef';
export const busKey = (service) => `bus-key-of-${service}-0123456789abcdef0123`;
