/**
 * Operations over other names of keys.
 *
 * @module
 */

import { findKeyItself } from './find-key.ts'
import { type Input, optionalText, text } from './input.ts'
import { type Alias, aliasArn, type KeyState } from './key-state.ts'
import { LocalKmsError } from './kms-error.ts'
import { type Operation, placeOf } from './operation.ts'
import { pageOf } from './page.ts'

export const createAlias: Operation<'CreateAlias'> = (site, input) => {
  const name = aliasName(input)
  const { key } = findKeyItself(placeOf(site), text(input, 'TargetKeyId'))
  const alias = { region: site.region, name, keyId: key.id, createdAt: new Date() }
  site.store.change((state) => {
    if (find(state, alias) !== undefined) {
      throw new LocalKmsError('AlreadyExistsException', `An alias with the name ${shown(state, alias)} already exists`)
    }
    return { ...state, aliases: [...state.aliases, alias] }
  })
  return {}
}

export const deleteAlias: Operation<'DeleteAlias'> = ({ store, region }, input) => {
  const wanted = { region, name: aliasName(input) }
  store.change((state) => {
    const found = find(state, wanted)
    if (found === undefined) {
      throw new LocalKmsError('NotFoundException', `Alias ${JSON.stringify(wanted.name)} is not found in ${region}.`)
    }
    return { ...state, aliases: state.aliases.filter((alias) => alias !== found) }
  })
  return {}
}

export const listAliases: Operation<'ListAliases'> = (site, input) => {
  const place = placeOf(site)
  const { state, region } = place
  const target = optionalText(input, 'KeyId')
  const id = target === undefined ? undefined : findKeyItself(place, target).key.id
  const wanted = state.aliases.filter((alias) => alias.region === region && (id === undefined || alias.keyId === id))
  const { items, ...page } = pageOf(wanted, input, 50)
  return {
    Aliases: items.map((alias) => ({
      AliasName: alias.name,
      AliasArn: aliasArn(state.accountId, alias),
      TargetKeyId: alias.keyId,
      CreationDate: new Date(alias.createdAt),
      LastUpdatedDate: new Date(alias.createdAt),
    })),
    ...page,
  }
}

const longestName = 256

function aliasName(input: Input): string {
  const name = text(input, 'AliasName')
  if (!/^alias\/[\w/-]+$/.test(name) || name.length > longestName || name.startsWith('alias/aws/')) {
    throw new LocalKmsError(
      'InvalidAliasNameException',
      `an alias is alias/ and a name of letters, digits, /, _ and -, which does not begin with aws/; found ${JSON.stringify(name)}`,
    )
  }
  return name
}

function find({ aliases }: KeyState, { region, name }: Pick<Alias, 'region' | 'name'>): Alias | undefined {
  return aliases.find((alias) => alias.region === region && alias.name === name)
}

function shown({ accountId }: KeyState, alias: Alias): string {
  return aliasArn(accountId, alias)
}
