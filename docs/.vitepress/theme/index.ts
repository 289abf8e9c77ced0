import type { Theme } from 'vitepress'
import DefaultTheme from 'vitepress/theme-without-fonts'
import LandingPage from './LandingPage.vue'
import PromptPlayground from './PromptPlayground.vue'
import './site.css'

const theme: Theme = {
  extends: DefaultTheme,
  enhanceApp({ app }) {
    app.component('LandingPage', LandingPage)
    app.component('PromptPlayground', PromptPlayground)
  },
}

export default theme
