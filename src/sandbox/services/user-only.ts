/**
 * Whether only users may call `method` (GramJS's class name): a bot is answered with BOT_METHOD_INVALID. The "bots can't use it" of
 * core.telegram.org's method pages, as far as a client of this kind could think of calling them.
 */
export function isUserOnly (method: string): boolean {
  return METHODS.has(method) || AREAS.some(area => method.startsWith(area))
}

/** Areas that are closed to bots as a whole. */
const AREAS = ['account.', 'chatlists.', 'folders.', 'phone.', 'premium.', 'stories.']

const METHODS = new Set(within({
  auth: 'SendCode SignUp SignIn ResetAuthorizations CheckPassword RequestPasswordRecovery RecoverPassword ResendCode CancelCode ExportLoginToken AcceptLoginToken',
  channels: `ReadHistory JoinChannel CreateChannel InviteToChannel ExportMessageLink GetAdminLog GetAdminedPublicChannels GetLeftChannels
    GetGroupsForDiscussion GetInactiveChannels GetSendAs CheckUsername UpdateUsername DeleteChannel DeleteHistory ReadMessageContents SearchPosts`,
  contacts: 'GetContactIDs GetStatuses GetContacts ImportContacts DeleteContacts Block Unblock GetBlocked Search GetTopPeers AddContact AcceptContact GetLocated ResolvePhone',
  help: 'GetAppUpdate GetInviteText GetSupport GetRecentMeUrls GetAppConfig SaveAppLog GetPromoData DismissSuggestion GetCountriesList GetTermsOfServiceUpdate',
  messages: `GetDialogs GetPeerDialogs GetHistory Search SearchGlobal GetSearchCounters ReadHistory DeleteHistory ReceivedMessages ReportSpam
    GetPeerSettings AddChatUser CreateChat ImportChatInvite CheckChatInvite GetWebPage GetWebPagePreview StartBot GetInlineBotResults
    SendInlineBotResult GetBotCallbackAnswer GetCommonChats SaveDraft GetAllDrafts GetUnreadMentions ReadMentions MigrateChat GetReplies
    GetDiscussionMessage GetPinnedDialogs ToggleDialogPin MarkDialogUnread GetMessagesViews GetScheduledHistory SendScheduledMessages GetSavedDialogs
    GetSavedHistory GetQuickReplies TranslateText TranscribeAudio RequestWebView GetAllStickers GetRecentStickers GetFavedStickers GetSavedGifs`,
  upload: 'GetCdnFile GetWebFile'
}))

function within (areas: Readonly<Record<string, string>>): string[] {
  return Object.entries(areas).flatMap(([area, names]) => names.split(/\s+/).filter(name => name !== '').map(name => `${area}.${name}`))
}
