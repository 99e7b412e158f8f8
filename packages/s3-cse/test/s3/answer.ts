/**
 * Requests and answers of Amazon S3, as HTTP carries them.
 *
 * @module
 */

/** A request whose body has arrived. Names of headers in lower case. */
export interface S3Request {
  readonly method: string
  readonly bucket: string
  /** Empty where the request is for the bucket. */
  readonly key: string
  readonly query: Readonly<Record<string, string>>
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

export interface S3Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
  /** Fault: the connection is lost after so many bytes of the body. */
  readonly cutAfter?: number
  /** Fault: after so many bytes of the body nothing comes any more. */
  readonly stallAfter?: number
}

/** A refusal, in the words of Amazon S3. */
export class S3Refusal extends Error {
  readonly status: number
  readonly code: string

  constructor(status: number, code: string, message: string = code) {
    super(message)
    this.status = status
    this.code = code
  }
}

export const nothing: Uint8Array = new Uint8Array(0)

export function answer(status: number, headers: Record<string, string> = {}, body: Uint8Array = nothing): S3Answer {
  return { status, headers: { ...headers, 'content-length': String(body.length) }, body }
}

export function xmlAnswer(status: number, xml: string, headers: Record<string, string> = {}): S3Answer {
  const body = new TextEncoder().encode(`<?xml version="1.0" encoding="UTF-8"?>\n${xml}`)
  return answer(status, { ...headers, 'content-type': 'application/xml' }, body)
}

/** Answers to HEAD have no body, and so no code. */
export function refusalAnswer({ method }: Pick<S3Request, 'method'>, { status, code, message }: S3Refusal): S3Answer {
  if (method === 'HEAD' || status === 304) return answer(status)
  return xmlAnswer(status, `<Error><Code>${code}</Code><Message>${escapeXml(message)}</Message></Error>`)
}

export function escapeXml(text: string): string {
  return text.replace(/[<>&"]/g, (character) => `&#${character.charCodeAt(0)};`)
}

/** The text of the first element of this name. */
export function elementOf(xml: string, name: string): string | undefined {
  const [, text] = new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml) ?? []
  return text?.replace(
    /&(?:#(x?)([0-9a-fA-F]+)|(\w+));/g,
    (_, hex: string, digits: string | undefined, entity: string) =>
      digits === undefined
        ? ({ lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }[entity] ?? '')
        : String.fromCodePoint(Number.parseInt(digits, hex === 'x' ? 16 : 10)),
  )
}

/** All elements of this name, which do not hold others of it. */
export function elementsOf(xml: string, name: string): string[] {
  return Array.from(xml.matchAll(new RegExp(`<${name}>(.*?)</${name}>`, 'gs')), ([, inner]) => inner as string)
}
