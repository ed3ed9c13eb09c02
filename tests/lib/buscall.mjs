// stub
export class BusCaller { constructor(stack) { this.stack = stack; } }
