import { allSuites } from './all-suites.js'

console.log(JSON.stringify(await allSuites()))
