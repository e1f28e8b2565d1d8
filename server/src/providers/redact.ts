/** Shorter keys are words ("ollama", "test") that redacting would tear out of honest text. */
const shortestKey = 8;

/**
 * The value with every occurrence of a key replaced, in strings, keys of objects and however deep. Providers and
 * proxies echo keys in what they answer; what leaves the provider layer passes through here.
 */
export function redact<T>(value: T, keys: readonly string[]): T {
  const secrets = keys.filter((key) => key.length >= shortestKey);
  return secrets.length === 0 ? value : (redactDeep(value, secrets) as T);
}

function redactText(text: string, secrets: readonly string[]): string {
  return secrets.reduce((clean, secret) => clean.replaceAll(secret, '[redacted]'), text);
}

function redactDeep(value: unknown, secrets: readonly string[]): unknown {
  if (typeof value === 'string') return redactText(value, secrets);
  if (Array.isArray(value)) return value.map((inner) => redactDeep(inner, secrets));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [redactText(key, secrets), redactDeep(inner, secrets)]),
  );
}
