import { JSX } from 'typedoc'

/** Puts a link to the playground above the navigation of every page of the site. */
export function load(app) {
  app.renderer.hooks.on('sidebar.begin', context =>
    JSX.createElement(
      'nav',
      { class: 'tsd-navigation' },
      JSX.createElement('a', { href: context.relativeURL('playground/index.html') }, 'Playground'),
    ),
  )
}
