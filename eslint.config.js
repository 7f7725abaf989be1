import js from "@eslint/js"
import { defineConfig } from "eslint/config"
import tseslint from "typescript-eslint"

const barrel = (name) => ({
  name,
  message: `Import the module (${name}/Effect), not the barrel: it keeps bundles small.`
})

export default defineConfig(
  { ignores: ["**/dist/", "**/coverage/", "reports/", "examples/snippets/", "editions/*/generated/"] },
  js.configs.recommended,
  tseslint.configs.recommended,
  {
    rules: {
      "@typescript-eslint/consistent-type-imports": ["error", { fixStyle: "inline-type-imports" }],
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
      // `namespace` next to a `const` is how Effect code names the types that belong to a value.
      "@typescript-eslint/no-namespace": "off",
      // `{}` is how Effect code says "no requirement" and "nothing more to add".
      "@typescript-eslint/no-empty-object-type": "off",
      // Effect.gen without a yield is legal, and common while a test is written.
      "require-yield": "off"
    }
  },
  {
    files: ["**/*.mjs", "*.js"],
    languageOptions: {
      globals: Object.fromEntries(
        ["console", "process", "URL", "fetch", "setTimeout", "setInterval", "clearInterval"].map((name) => [
          name,
          "readonly"
        ])
      )
    }
  },
  {
    files: ["packages/{core,node,testing,cli}/src/**/*.ts"],
    rules: {
      "no-console": "error",
      "no-restricted-imports": ["error", { paths: [barrel("effect"), barrel("@effect/platform")] }]
    }
  },
  {
    files: ["packages/{core,testing}/src/**/*.ts"],
    ignores: ["packages/testing/src/{EmbeddedServer,internal/cli,internal/configFile}.ts"],
    rules: {
      "no-restricted-globals": [
        "error",
        ...["Buffer", "process", "global", "setImmediate"].map((name) => ({
          name,
          message:
            "This package runs on every JavaScript runtime; code that needs Node belongs to @effect-centrifugo/node."
        }))
      ]
    }
  },
  {
    // Values there exist for their types.
    files: ["**/test-d/**/*.ts"],
    rules: { "@typescript-eslint/no-unused-vars": "off" }
  },
  {
    files: ["**/test/**/*.ts"],
    rules: {
      "no-restricted-syntax": [
        "error",
        {
          // it("...", () => Effect.gen(...)) passes without ever running the Effect.
          selector:
            "CallExpression[callee.name=/^(it|test)$/] > ArrowFunctionExpression > CallExpression.body",
          message: "A plain `it` does not run an Effect: use it.effect, it.scoped or it.live."
        }
      ]
    }
  }
)
