/**
 * Keys in PEM that users give by mistake. None of them protects anything.
 *
 * @module
 */

/** A block with a label, and nothing of use in it: the label alone tells what is wrong. */
export function blockOf(label: string): string {
  return `-----BEGIN ${label}-----\nMIIBCgKCAQEA\n-----END ${label}-----\n`
}

export const ed25519PublicKey = `-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAdDM8D5bTC79hQh49nhuV9UKH7AL7dTX6sSI0T91dYmc=
-----END PUBLIC KEY-----
`

export const ed25519PrivateKey = `-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIFDnibL7n2qttednZCS2ugJW5AOpN5J+Qew7eGs7QtXO
-----END PRIVATE KEY-----
`

/** P-256, but with the parameters of the curve in place of its name. */
export const explicitPublicKey = `-----BEGIN PUBLIC KEY-----
MIIBSzCCAQMGByqGSM49AgEwgfcCAQEwLAYHKoZIzj0BAQIhAP////8AAAABAAAA
AAAAAAAAAAAA////////////////MFsEIP////8AAAABAAAAAAAAAAAAAAAA////
///////////8BCBaxjXYqjqT57PrvVV2mIa8ZR0GsMxTsPY7zjw+J9JgSwMVAMSd
NgiG5wSTamZ44ROdJreBn36QBEEEaxfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5
RdiYwpZP40Li/hp/m47n60p8D54WK84zV2sxXs7LtkBoN79R9QIhAP////8AAAAA
//////////+85vqtpxeehPO5ysL8YyVRAgEBA0IABMWPMT7op/lpufd+wrfEHmCo
fq5N49owVqm5tx21JF8D00uTkncza2fqWZCLLBMLbYOv3vxol59XWtmvfNyWiS8=
-----END PUBLIC KEY-----
`

export const explicitPrivateKey = `-----BEGIN PRIVATE KEY-----
MIIBeQIBADCCAQMGByqGSM49AgEwgfcCAQEwLAYHKoZIzj0BAQIhAP////8AAAAB
AAAAAAAAAAAAAAAA////////////////MFsEIP////8AAAABAAAAAAAAAAAAAAAA
///////////////8BCBaxjXYqjqT57PrvVV2mIa8ZR0GsMxTsPY7zjw+J9JgSwMV
AMSdNgiG5wSTamZ44ROdJreBn36QBEEEaxfR8uEsQkf4vOblY6RA8ncDfYEt6zOg
9KE5RdiYwpZP40Li/hp/m47n60p8D54WK84zV2sxXs7LtkBoN79R9QIhAP////8A
AAAA//////////+85vqtpxeehPO5ysL8YyVRAgEBBG0wawIBAQQgYswB5HLaPcrf
NGp5eFRgJvg+gEjBtQG315d0doCz5NmhRANCAATFjzE+6Kf5abn3fsK3xB5gqH6u
TePaMFapubcdtSRfA9NLk5J3M2tn6lmQiywTC22Dr978aJefV1rZr3zclokv
-----END PRIVATE KEY-----
`

/** A curve that this format does not use. */
export const secp256k1PublicKey = `-----BEGIN PUBLIC KEY-----
MFYwEAYHKoZIzj0CAQYFK4EEAAoDQgAE5rs10rvrQjLJPBZHzSvD5sMhWYIYc3vF
3WXBMcvnEycQkpvOBjc1CdE/yBCwIg85+awdiTWe4M7yyFKRwQG1nw==
-----END PUBLIC KEY-----
`
